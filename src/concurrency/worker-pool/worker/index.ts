/** `ashlar/concurrency/worker-pool/worker`: what the script of a worker imports. */
export { type Transferred, transfer } from '../transfer.js';
export type { TaskContext } from './context.js';
export { type ServeOptions, serve, type TaskFunction, type TaskMap } from './serve.js';
