/** `ashlar/concurrency/actor`: state of one's own, changed by one message at a time, and supervised. */
export { Actor, type ActorContext } from './actor.js';
export { ActorLostError, ActorStoppedError, MailboxFullError, RemoteActorError, RestartLimitError } from './errors.js';
export { ActorLink, type ActorLinkOptions, type PortLike } from './link.js';
export type { MailboxOptions } from './mailbox.js';
export { ActorRef, type EndReason } from './ref.js';
export { broadcast, type RouterOptions, type Routing, router } from './router.js';
export type { Directive, SupervisionOptions } from './supervision.js';
export {
  ActorSystem,
  type ActorSystemOptions,
  type ActorSystemStats,
  type DeadLetter,
  type SpawnOptions,
} from './system.js';
