/** A shop of actors: accounts that fail and begin anew, a router, questions with a timeout, and the end that is heard of. */

import { Actor, type ActorRef, ActorSystem, broadcast, router } from 'ashlar/concurrency/actor';

const system = new ActorSystem({
  onFailure: (error, path) => console.log(`${path} failed: ${(error as Error).message}`),
  onDeadLetter: ({ message, to }) => console.log(`nobody at ${to} for ${JSON.stringify(message)}`),
});

class Account extends Actor<number, number> {
  balance = 0;

  override preStart() {
    console.log(`${this.context.self.path} begins`);
  }

  receive(amount: number) {
    if (this.balance + amount < 0) throw new RangeError('not enough');
    this.balance += amount;
    return this.balance;
  }
}

class Bank extends Actor<string, ActorRef<number, number>> {
  receive(name: string) {
    const known = this.context.children.find((each) => each.path.endsWith(`/${name}`));
    return (known as ActorRef<number, number> | undefined) ?? this.context.spawn(() => new Account(), { name });
  }
}

// What fails for want of money goes on as it was; anything else begins anew, three times in a second at most.
const bank = system.spawn(() => new Bank(), {
  name: 'bank',
  supervision: {
    decide: (error) => (error instanceof RangeError ? 'resume' : 'restart'),
    maxRestarts: 3,
    withinMs: 1000,
  },
});
const ada = await bank.ask('ada');
ada.tell(100);
console.log('ada has', await ada.ask(-30));
await ada.ask(-500).catch((error) => console.log('refused:', error.message));
console.log('ada has', await ada.ask(0));

const workers = [1, 2, 3].map((i) =>
  system.spawn(() => Actor.of((text: string) => `${i} ${text}`), { name: `worker-${i}` }),
);
const any = router(workers);
console.log((await Promise.all(['a', 'b', 'c', 'd'].map((text) => any.ask(text)))).join(', '));
console.log((await broadcast(workers).ask('all')).join(', '));

const slow = system.spawn(() => Actor.of(() => new Promise<void>(() => {})), { name: 'slow' });
await slow.ask(1, { timeoutMs: 5 }).catch((error) => console.log(error.message));

ada.watch((reason) => console.log('ada', reason));
system.stop(bank);
await Promise.resolve();
ada.tell(1);

// Prints:
// /bank/ada begins
// ada has 70
// /bank/ada failed: not enough
// refused: not enough
// ada has 70
// 1 a, 2 b, 3 c, 1 d
// 1 all, 2 all, 3 all
// ActorRef.ask timed out after 5 ms
// ada stopped
// nobody at /bank/ada for 1
