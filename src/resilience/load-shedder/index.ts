/** `ashlar/resilience/load-shedder`: turns calls away when they would wait too long, the least important first. */
export { CoDel } from './codel.js';
export {
  LoadShedder,
  type LoadShedderEvents,
  type LoadShedderOptions,
  type LoadShedderStats,
  LoadShedError,
  loadShedder,
  type ShedReason,
} from './load-shedder.js';
