// Entry for Node as a CommonJS program would: the package has no top-level await, so `require` works.

const { Arena } = require('ashlar');
const { run } = require('../program.js');

const arena = new Arena({ maxBytes: 1 << 16 });
arena.dispose();
run().then((report) => console.log(JSON.stringify(report)));
