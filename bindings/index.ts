/** What a user of the package meets of floor 1. */
export { Arena, type ArenaOptions, type RestoreOptions, type SharedArena } from './arena.js';
export { ArenaFullError, AshlarError, DisposedError, NameError, SnapshotError } from './errors.js';
export { SharedArenaError } from './participants.js';
