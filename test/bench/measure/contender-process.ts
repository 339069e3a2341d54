// Contenders run in processes of their own, where nobody else's garbage or compiled code is in the way.

import { fork, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** What a process is to do. It makes or loads its input once, before anything is timed. */
export interface Work {
  readonly workload: WorkloadName
  /** null for none: a process that has the input and nothing else. */
  readonly contender: string | null
  readonly rows: number
  /** How long it runs in each turn before anything counts, in milliseconds. Defaults to 200. */
  readonly settleMs?: number
  /** Of Node. */
  readonly flags?: readonly string[]
  /** What else the workload needs. */
  readonly input?: Readonly<Record<string, unknown>>
}

export type WorkloadName =
  | 'encode text'
  | 'encode dates'
  | 'read typed'
  | 'read six columns'
  | 'read strings'
  | 'job to a directory'
  | 'job to S3'
  | 'upload'
  | 'shape encode'
  | 'shape read'

/** What is timed, and what follows outside of the time, if anything does. */
export interface Run {
  readonly run: () => unknown
  readonly after?: () => unknown
}

/** Prepares the input and loads the contender. */
export type Workload = (work: Work) => Promise<Run>

export type Question = 'once' | 'turn' | 'cpu' | 'peak' | 'allocation'

/** Milliseconds, megabytes, or bytes; null where it could not be seen. */
export type Answer = number | null

const USES_ALL_CORES: ReadonlySet<WorkloadName> = new Set(['job to a directory', 'job to S3', 'upload'])

const CHILD = fileURLToPath(new URL('contender-child.ts', import.meta.url))
const TSCONFIG = fileURLToPath(new URL('../tsconfig.json', import.meta.url))

export const CHILD_ENVIRONMENT: NodeJS.ProcessEnv = { ...process.env, TSX_TSCONFIG_PATH: TSCONFIG }

export class ContenderProcess {
  readonly name: string
  private readonly child: ChildProcess

  private constructor(name: string, child: ChildProcess) {
    this.name = name
    this.child = child
  }

  /** Starts the process and waits until it has its input. */
  static async start(work: Work): Promise<ContenderProcess> {
    const child = fork(CHILD, [JSON.stringify(work)], {
      execArgv: [...(work.flags ?? []), '--import', 'tsx'],
      env: CHILD_ENVIRONMENT,
    })
    const started = new ContenderProcess(work.contender ?? 'nothing', child)
    await started.answer()
    if (!USES_ALL_CORES.has(work.workload)) started.stayOnFirstCore()
    return started
  }

  /** Does the work once, and gives the milliseconds. */
  async once(): Promise<number> {
    return (await this.ask('once')) ?? NaN
  }

  /** Does the work several times, and gives the milliseconds that it took each time; the first ones do not count. */
  async turn(): Promise<number> {
    return (await this.ask('turn')) ?? NaN
  }

  /** The milliseconds that all its threads had on a core, for each time of the last turn that counted. */
  async cpuMs(): Promise<number> {
    return (await this.ask('cpu')) ?? NaN
  }

  /** The most memory it has had so far, in MB. */
  async peakMB(): Promise<number> {
    return (await this.ask('peak')) ?? NaN
  }

  /** Bytes that one run allocates on the heap, garbage included; null when a collection came between. */
  allocatedBytes(): Promise<number | null> {
    return this.ask('allocation')
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const exited = once(this.child, 'exit')
    this.child.kill('SIGCONT')
    this.child.disconnect()
    await exited
  }

  /**
   * Its main thread, that is: those of the collector and of the compiler may go where they like. On a virtual machine one
   * core can be 1.4 times as fast as the other one for minutes, and a process stays for long where it is. Where there
   * is no taskset it goes where it likes.
   */
  private stayOnFirstCore(): void {
    spawnSync('taskset', ['--cpu-list', '--pid', '0', String(this.child.pid)])
  }

  private ask(question: Question): Promise<Answer> {
    this.child.kill('SIGCONT')
    this.child.send(question)
    return this.answer()
  }

  private answer(): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const onMessage = (answer: unknown): void => {
        this.child.off('exit', onExit)
        // A process that waits would go on collecting its garbage, in the time of the one whose turn it is.
        this.child.kill('SIGSTOP')
        resolve(answer as Answer)
      }
      const onExit = (code: number | null): void => {
        this.child.off('message', onMessage)
        reject(new Error(`the process of ${this.name} ended with ${code ?? 'a signal'}`))
      }
      this.child.once('message', onMessage)
      this.child.once('exit', onExit)
    })
  }
}

// Both, so that the young generation has its full size from the beginning and no garbage is collected meanwhile.
const BIG_YOUNG_GENERATION = ['--min-semi-space-size=256', '--max-semi-space-size=256']

/** Bytes that a contender allocates on the heap for a row, garbage included; null when that could not be seen. */
export async function allocationAlone(
  mostRows: number,
  workOf: (rows: number) => Work | Promise<Work>,
): Promise<number | null> {
  // Fewer rows where one run fills even that young generation.
  for (let rows = mostRows; rows >= 50; rows = Math.floor(rows / 4)) {
    const work = await workOf(rows)
    const flags = [...BIG_YOUNG_GENERATION, ...(work.flags ?? [])]
    const contender = await ContenderProcess.start({ ...work, flags })
    try {
      const bytes = await contender.allocatedBytes()
      if (bytes !== null) return bytes / rows
    } finally {
      await contender.stop()
    }
  }
  return null
}
