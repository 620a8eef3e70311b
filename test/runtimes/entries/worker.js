// Entry for workerd: answers every request with the report.

import { run } from '../program.js';

export default {
  async fetch() {
    return Response.json(await run());
  },
};
