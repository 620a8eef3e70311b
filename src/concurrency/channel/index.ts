/** `ashlar/concurrency/channel`: values handed from task to task, with back-pressure. */
export { Channel, type ChannelOptions, type ChannelStats, type Overflow } from './channel.js';
export { type ChannelLease, ChannelPool, type ChannelPoolOptions, type ChannelPoolStats } from './channel-pool.js';
export {
  type ReceiveCase,
  type Received,
  receiveFrom,
  type Selected,
  type SelectOptions,
  type SendCase,
  type Sent,
  select,
  sendTo,
  trySelect,
} from './select.js';
export {
  bytesCodec,
  jsonCodec,
  SharedChannel,
  type SharedChannelOpenOptions,
  type SharedChannelOptions,
  type ValueCodec,
} from './shared-channel.js';
