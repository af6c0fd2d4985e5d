/** Keeps the sessions of one sandbox in a JSON file: read at start, written after changes. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Problem, StartError, UsageError } from '../errors.ts'
import { describeSystemError } from '../yaml-file.ts'
import { MemoryStore } from './memory.ts'
import {
  BOUNDS,
  type MakeResponse,
  type NewSnapshot,
  type RecordChange,
  type SessionRecord,
  type SessionSnapshot,
  type StoreOptions,
  type SubjectKey,
} from './store.ts'

/** Real ms from a change to its write, so that a burst of changes is written once. */
const DELAY = 100

/** After a slow write, the next one waits so many times as long as that took. */
const PAUSE_FACTOR = 10

/** Marks a file as one of ours; the number changes with the format. */
const FORMAT = 'sca-sandbox sessions 1'

export function makeFileStore<R, A>(url: string, options: StoreOptions<R, A>): FileStore<R, A> {
  return new FileStore(url, options)
}

export class FileStore<R, A> extends MemoryStore<R, A> {
  readonly #url: string
  readonly #path: string
  readonly #options: StoreOptions<R, A>
  readonly #closing = new AbortController()
  #unlock = () => {}
  #changed = false
  #saving: Promise<void> | undefined
  #pause = DELAY
  /** Why the last write failed. */
  #failure: string | undefined

  constructor(url: string, options: StoreOptions<R, A>) {
    super(options)
    this.#url = url
    this.#path = url.startsWith('file://') ? fileURLToPath(url) : resolve(url.slice(5))
    this.#options = options
  }

  override async open(): Promise<void> {
    const { clock, bounds } = this.#options
    const { idle } = { ...BOUNDS, ...bounds }
    try {
      this.#unlock = lock(this.#path)
      for (const { id, usedAt, ...snapshot } of this.#load()) {
        if (clock.now() - usedAt < idle) await super.write(id, snapshot)
      }
    } catch (error) {
      await this.close()
      if (!(error instanceof Unusable)) throw error
      throw new UsageError(`cannot use the store ${this.#url}: ${error.message}`)
    }
  }

  override async check(): Promise<void> {
    this.#assertOpen()
    if (this.#failure === undefined) return
    this.#save()
    throw this.#unavailable(`${this.#failure}; changes are not saved`)
  }

  override session(id: string) {
    return this.#change(() => super.session(id))
  }

  override changeSession(id: string, change: (record: SessionRecord) => SessionRecord) {
    return this.#change(() => super.changeSession(id, change))
  }

  override update<C extends RecordChange<R>>(
    key: SubjectKey,
    change: (record: R | undefined) => C,
  ) {
    return this.#change(() => super.update(key, change))
  }

  override owner(session: string, api: string, id: string) {
    return this.#change(() => super.owner(session, api, id))
  }

  override once(session: string, reference: string, now: number, make: MakeResponse<A>) {
    return this.#change(() => super.once(session, reference, now, make))
  }

  override write(id: string, snapshot: NewSnapshot<R, A>) {
    return this.#change(() => super.write(id, snapshot))
  }

  override deleteSession(id: string) {
    return this.#change(() => super.deleteSession(id))
  }

  override deleteAll() {
    return this.#change(() => super.deleteAll())
  }

  /** @throws StartError if the last changes could not be written */
  override async close(): Promise<void> {
    this.#closing.abort()
    // A failed write is tried once more.
    if (this.#failure !== undefined) this.#save()
    await this.#saving
    this.#unlock()
    this.#unlock = () => {}
    await super.deleteAll()
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw new StartError(`${failure}; the last changes are lost`)
  }

  async #change<T>(work: () => Promise<T>): Promise<T> {
    this.#assertOpen()
    try {
      return await work()
    } finally {
      this.#save()
    }
  }

  #assertOpen(): void {
    if (this.#closing.signal.aborted) throw this.#unavailable('it is closed')
  }

  #unavailable(reason: string): Problem {
    return new Problem('store-unavailable', `the store ${this.#url}: ${reason}`)
  }

  #save(): void {
    this.#changed = true
    this.#saving ??= this.#saveWhileChanged()
  }

  async #saveWhileChanged(): Promise<void> {
    const { clock } = this.#options
    while (this.#changed) {
      await clock.sleep(this.#pause, this.#closing.signal)
      this.#changed = false
      const from = clock.monotonic()
      await this.#replaceFile()
      this.#pause = Math.max(DELAY, PAUSE_FACTOR * (clock.monotonic() - from))
    }
    this.#saving = undefined
  }

  /** Renames a finished file into place, so that a crash leaves either the old or the new one. */
  async #replaceFile(): Promise<void> {
    const { logger } = this.#options
    const temporary = `${this.#path}.tmp`
    try {
      // A state may hold credentials: others may not read it.
      await writeFile(temporary, await this.#format(), { mode: 0o600, flush: true })
      await rename(temporary, this.#path)
      if (this.#failure !== undefined) logger?.info(`${this.#path} can be written again`)
      this.#failure = undefined
    } catch (error) {
      const failure = `cannot write ${this.#path}: ${describeSystemError(error)}`
      if (failure !== this.#failure) logger?.error(`${failure}; changes are not saved`)
      this.#failure = failure
    }
  }

  /** One session a line, the least recently used first. */
  async #format(): Promise<string> {
    const { record, answer } = this.#options.codec
    const lines: string[] = []
    for (const { id } of await this.sessions()) {
      const snapshot = await this.read(id)
      if (!snapshot) continue
      const session: SessionInFile = {
        id,
        ...snapshot,
        subjects: snapshot.subjects.map((each) => ({
          ...each,
          record: record.encode(each.record),
        })),
        kept: snapshot.kept.map((each) => ({ ...each, value: answer.encode(each.value) })),
      }
      lines.push(JSON.stringify(session))
    }
    return `{"format":"${FORMAT}","sessions":[\n${lines.join(',\n')}\n]}\n`
  }

  *#load(): Generator<{ readonly id: string } & SessionSnapshot<R, A>> {
    const { record, answer } = this.#options.codec
    // Each session has a line of its own, after the first.
    let line = 2
    for (const session of readSessions(this.#path)) {
      try {
        yield {
          ...session,
          subjects: session.subjects.map((each) => ({
            ...each,
            record: record.decode(each.record),
          })),
          kept: session.kept.map((each) => ({ ...each, value: answer.decode(each.value) })),
        }
      } catch (error) {
        throw unusable(`${this.#path}:${line}: ${(error as Error).message}`, START_EMPTY)
      }
      line++
    }
  }
}

/** A file that cannot be used; says why and what to do. */
class Unusable extends Error {}

const unusable = (reason: string, ...remedies: readonly string[]) =>
  new Unusable(`${reason}; ${[...remedies, 'choose another file with --store'].join(', or ')}`)

const START_EMPTY = 'delete the file to start without sessions'

/** A session as it is written; its records and responses are what the codec makes of them. */
type SessionInFile = { readonly id: string } & SessionSnapshot<unknown, unknown>

/** @throws Unusable if the file has anything but what `#format` writes */
function readSessions(path: string): readonly SessionInFile[] {
  const text = readIfPresent(path)
  if (text === undefined) return []
  const { format, sessions } = parseObject(text, path)
  if (format !== FORMAT || !Array.isArray(sessions)) {
    throw unusable(`${path} was not written by this version of sca-sandbox`)
  }
  const broken = sessions.findIndex((session) => !isSession(session))
  if (broken < 0) return sessions
  const reason = 'a field of the session is missing or has a wrong type'
  throw unusable(`${path}:${broken + 2}: ${reason}`, START_EMPTY)
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw unusable(`cannot read ${path}: ${describeSystemError(error)}`)
  }
}

function parseObject(text: string, path: string): Fields {
  try {
    return JSON.parse(text) ?? {}
  } catch {
    throw unusable(`${path} is not valid JSON`, START_EMPTY)
  }
}

type Fields = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null

const isListOf = (value: unknown, isItem: (item: Fields) => boolean) =>
  Array.isArray(value) && value.every((item) => isObject(item) && isItem(item))

const areStrings = (...values: readonly unknown[]) =>
  values.every((value) => typeof value === 'string')

const isNumber = (value: unknown) => typeof value === 'number'

function isSession(value: unknown): boolean {
  if (!isObject(value) || !isObject(value.record) || !isObject(value.record.clock)) return false
  const { id, usedAt, record, subjects, owners, kept } = value
  const { offset, frozenAt } = value.record.clock
  return (
    areStrings(id, record.scenario ?? '') &&
    [usedAt, offset, frozenAt ?? 0].every(isNumber) &&
    isListOf(subjects, ({ api, subject }) => areStrings(api, subject)) &&
    isListOf(owners, ({ api, id, subject }) => areStrings(api, id, subject)) &&
    isListOf(kept, ({ reference, until }) => areStrings(reference) && isNumber(until))
  )
}

/** Containers have the same few process ids: the host and the start tell them apart. */
const OWNER = `${process.pid} ${hostname()} ${performance.timeOrigin}`

/**
 * Claims a file for this sandbox; the lock of a process that has ended is taken over.
 *
 * @returns what releases it
 * @throws Unusable if another sandbox has it
 */
function lock(path: string): () => void {
  const file = `${path}.lock`
  for (;;) {
    try {
      writeFileSync(file, OWNER, { flag: 'wx' })
      return () => rmSync(file, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw unusable(`cannot write ${file}: ${describeSystemError(error)}`)
      }
      const owner = readIfPresent(file) ?? ''
      if (isRunning(owner)) {
        const [id, host] = owner.split(' ')
        const reason = `process ${id} of ${host} uses ${path}`
        throw unusable(reason, `stop it, or delete ${file} if it is not a sandbox`)
      }
      rmSync(file, { force: true })
    }
  }
}

function isRunning(owner: string): boolean {
  const [id, host] = owner.split(' ')
  const pid = Number(id)
  // An empty lock is that of a process that ended while it wrote it.
  if (host === undefined) return false
  // Nobody here knows which processes another machine or container runs.
  if (host !== hostname()) return true
  if (pid === process.pid) return owner === OWNER
  try {
    // Signal 0 only asks. No process has an id below 1; those stand for groups.
    return pid > 0 && process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
