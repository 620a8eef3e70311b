/** A routing table: the longest prefix of an address decides, to the bit, for IPv4 and IPv6. */

import { bitKey, RadixTrie } from 'ashlar/structures/trie';

/** The 4 bytes of an IPv4 address, or the 16 of an IPv6 one. */
function addressBytes(text: string): Uint8Array {
  if (!text.includes(':')) return Uint8Array.from(text.split('.'), Number);
  const [head, tail] = text.split('::') as [string, string?];
  const groups = (part: string | undefined) => (part ? part.split(':').map((group) => Number.parseInt(group, 16)) : []);
  const [front, back] = [groups(head), groups(tail)];
  const all = [...front, ...new Array(8 - front.length - back.length).fill(0), ...back];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 255]));
}

/** Routes by prefix, one table for each kind of address. A key is a byte for each bit of a prefix. */
class Routes {
  readonly #v4 = new RadixTrie<string, 'bytes'>({ keys: 'bytes', values: 'objects' });
  readonly #v6 = new RadixTrie<string, 'bytes'>({ keys: 'bytes', values: 'objects' });

  #of(address: Uint8Array): RadixTrie<string, 'bytes'> {
    return address.length === 4 ? this.#v4 : this.#v6;
  }

  #split(cidr: string): [bytes: Uint8Array, key: Uint8Array] {
    const [address, bits] = cidr.split('/') as [string, string];
    const bytes = addressBytes(address);
    return [bytes, bitKey(bytes, Number(bits))];
  }

  add(cidr: string, gateway: string): this {
    const [bytes, key] = this.#split(cidr);
    this.#of(bytes).set(key, gateway);
    return this;
  }

  remove(cidr: string): boolean {
    const [bytes, key] = this.#split(cidr);
    return this.#of(bytes).delete(key);
  }

  /** Where packets for an address go, and how many bits of it decided. */
  lookup(address: string): string {
    const bytes = addressBytes(address);
    const route = this.#of(bytes).longestPrefix(bitKey(bytes));
    return route === undefined ? 'unreachable' : `${route[1]} /${route[0].length}`;
  }
}

const routes = new Routes()
  .add('0.0.0.0/0', 'upstream')
  .add('10.0.0.0/8', 'core')
  .add('10.1.0.0/16', 'east')
  .add('10.1.128.0/17', 'lab')
  .add('10.1.200.7/32', 'printer')
  .add('128.0.0.0/1', 'satellite')
  .add('2001:db8::/32', 'six')
  .add('2001:db8:0:1::/64', 'office')
  .add('2001:db8:0:1::42/128', 'door');

for (const address of ['10.1.200.7', '10.1.200.8', '10.1.127.255', '10.2.0.1', '11.0.0.1', '203.0.113.9']) {
  console.log(address, routes.lookup(address));
}
for (const address of ['2001:db8:0:1::42', '2001:db8:0:1:ffff::1', '2001:db8:1::', '2001:db9::1']) {
  console.log(address, routes.lookup(address));
}
routes.remove('10.1.128.0/17');
routes.remove('0.0.0.0/0');
console.log(routes.lookup('10.1.200.8'), routes.lookup('11.0.0.1'));

// Prints:
// 10.1.200.7 printer /32
// 10.1.200.8 lab /17
// 10.1.127.255 east /16
// 10.2.0.1 core /8
// 11.0.0.1 upstream /0
// 203.0.113.9 satellite /1
// 2001:db8:0:1::42 door /128
// 2001:db8:0:1:ffff::1 office /64
// 2001:db8:1:: six /32
// 2001:db9::1 unreachable
// east /16 unreachable
