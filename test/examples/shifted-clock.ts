// Loaded before a program. Its clock stands at CLOCK_STARTS_AT until the program sets its first timer, however long
// that takes, and goes on from there. SIGUSR2 moves it to CLOCK_JUMPS_TO, as after a machine has slept.

const { CLOCK_STARTS_AT = '', CLOCK_JUMPS_TO = '' } = process.env
const RealDate = Date
const realSetTimeout = setTimeout
let aheadMs: number | undefined

function now(): number {
  return aheadMs === undefined ? RealDate.parse(CLOCK_STARTS_AT) : RealDate.now() + aheadMs
}

function move(to: string): void {
  aheadMs = RealDate.parse(to) - RealDate.now()
}

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args: unknown[], newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as Date,
  get: (target, name) => (name === 'now' ? now : (Reflect.get(target, name) as unknown)),
})

globalThis.setTimeout = Object.assign((...args: Parameters<typeof realSetTimeout>) => {
  if (aheadMs === undefined) move(CLOCK_STARTS_AT)
  return realSetTimeout(...args)
}, realSetTimeout)

process.on('SIGUSR2', () => {
  move(CLOCK_JUMPS_TO)
})
