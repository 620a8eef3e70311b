/** A column of few distinct strings, searched by code. */

import { dictionary } from 'ashlar/codecs/dictionary';

const cities = ['Oslo', 'Lima', 'Accra'];
const column = Array.from({ length: 10_000 }, (_, i) => cities[((i * i) % 7) % 4] as string);
const blob = dictionary.encode(column, { order: 'sorted' });
console.log(column.length, 'strings in', blob.length, 'bytes;', dictionary.at(blob, 9_999));
console.log(dictionary.entriesOf(blob));

// How many rows are "Lima": one look-up, then codes alone.
const wanted = dictionary.codeOf(blob, 'Lima');
console.log(dictionary.codesOf(blob).reduce((count, code) => count + (code === wanted ? 1 : 0), 0));
console.log(dictionary.codeOf(blob, 'Quito'));

// Prints:
// 10000 strings in 2569 bytes; Accra
// [ 'Accra', 'Lima', 'Oslo' ]
// 2857
// undefined
