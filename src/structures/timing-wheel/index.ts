/** `ashlar/structures/timing-wheel`: very many deadlines, each set and ended in constant time. */
export {
  type TimerEntry,
  type TimerHandle,
  TimingWheel,
  type TimingWheelOptions,
  type TimingWheelStats,
} from './timing-wheel.js';
export { WheelTimer, type WheelTimerOptions } from './wheel-timer.js';
