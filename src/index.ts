/** The front door: arenas, their errors, and loading. Each room has a door of its own, `ashlar/<shelf>/<room>`. */
export {
  Arena,
  ArenaFullError,
  type ArenaOptions,
  AshlarError,
  DisposedError,
  NameError,
  type RestoreOptions,
  SnapshotError,
} from '../bindings/index.js';
export { init, initSync, type KernelModules, type KernelSources } from './init.js';
