/** `ashlar/concurrency/producer-consumer`: a bounded buffer between those who produce and those who consume. */
export {
  type Consumption,
  type DropPolicy,
  type ProduceOptions,
  ProducerConsumer,
  type ProducerConsumerOptions,
  type ProducerConsumerStats,
} from './producer-consumer.js';
