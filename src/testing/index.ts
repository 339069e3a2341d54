export { generateEvents, generatePaywallViews, sampleEvents, samplePaywallViews } from './sample-rows.js'
export type { SampleOptions } from './sample-rows.js'
export { memorySink } from './memory-sink.js'
export type { MemorySink } from './memory-sink.js'
