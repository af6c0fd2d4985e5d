/** One connection to a Redis: what becomes of it, and what its errors mean. */
import type { Redis } from 'ioredis'
import { Problem, UsageError } from '../errors.ts'

import { CHECK, type LuaScript, SESSIONS } from './redis-scripts.ts'

export interface Connecting {
  readonly address: RedisAddress
  /** Real ms in which an answer must be there. */
  readonly timeout?: number
  /** Told once when the connection is lost, with the reason, and once when it is back. */
  readonly onLost?: (reason: string) => void
  readonly onBack?: () => void
}

const TIMEOUT = 2_000

/** Real ms between two tries to connect again, at first and at most. */
const RETRY = { first: 50, most: 1_000 }

type Phase = 'new' | 'open' | 'lost' | 'closed'

export class RedisClient {
  readonly #redis: Redis
  readonly #connecting: Required<Connecting>
  #phase: Phase = 'new'
  #error: Error | undefined
  /** Hears of the first error while the connection is being made. */
  #refuse: (error: Error) => void = () => {}

  /** Loads the library, which a sandbox with another store never needs; connects to nothing yet. */
  static async make(connecting: Connecting): Promise<RedisClient> {
    const { Redis } = await import('ioredis')
    return new RedisClient(Redis, connecting)
  }

  private constructor(Library: typeof Redis, connecting: Connecting) {
    const nobody = () => {}
    this.#connecting = { timeout: TIMEOUT, onLost: nobody, onBack: nobody, ...connecting }
    this.#redis = new Library({
      ...settings(this.#connecting),
      // A start that fails is told at once; a connection that was there is made again.
      retryStrategy: (times) =>
        this.#phase === 'new' ? null : Math.min(RETRY.first * 2 ** (times - 1), RETRY.most),
    })
    this.#redis.on('error', (error: Error) => this.#failed(error))
    this.#redis.on('close', () => this.#closed())
    this.#redis.on('ready', () => this.#ready())
  }

  /**
   * Connects, and sees with the values of a script that it can be written to.
   *
   * @throws UsageError that says why it cannot be reached and what to do
   */
  async open(values: readonly number[]): Promise<void> {
    const refused = new Promise<never>((_, reject) => {
      this.#refuse = reject
    })
    try {
      await Promise.race([this.#redis.connect(), refused])
      await Promise.race([this.#evaluated(CHECK, values), refused])
      this.#phase = 'open'
    } catch (error) {
      // What comes with closing says less than what led to it.
      const { reason, remedy } = meaning(this.#error ?? (error as Error), this.#connecting)
      await this.close()
      throw new UsageError(`cannot use the store ${this.#shown}: ${reason}; ${remedy}`)
    }
  }

  /** @throws Problem if it cannot be reached, or refuses */
  async run(script: LuaScript, values: readonly (string | number)[]): Promise<unknown> {
    try {
      return await this.#evaluated(script, values)
    } catch (error) {
      // Without a connection the library says only that there is none.
      const cause = this.#redis.status === 'ready' ? (error as Error) : (this.#error ?? error)
      const { reason } = meaning(cause as Error, this.#connecting)
      const remedy = 'see that it runs and takes writes; the sandbox goes on by itself once it does'
      throw new Problem('store-unavailable', `the store ${this.#shown}: ${reason}; ${remedy}`)
    }
  }

  /** Resolves when the other side knows it, too; without one, at once. */
  async close(): Promise<void> {
    this.#phase = 'closed'
    const { status } = this.#redis
    if (status === 'end') return
    const ended = new Promise<void>((resolve) => this.#redis.once('end', resolve))
    this.#redis.disconnect()
    if (CONNECTED.includes(status)) await ended
  }

  get #shown(): string {
    return this.#connecting.address.shown
  }

  async #evaluated(script: LuaScript, values: readonly (string | number)[]): Promise<unknown> {
    try {
      return await this.#redis.evalsha(script.sha, 1, SESSIONS, ...values)
    } catch (error) {
      // Scripts are forgotten by a Redis that was started anew: it has done nothing.
      if (!(error as Error).message.startsWith('NOSCRIPT')) throw error
      return this.#redis.eval(script.lua, 1, SESSIONS, ...values)
    }
  }

  #failed(error: Error): void {
    this.#error = error
    this.#refuse(error)
    // The library would go on with database 0, which may be somebody else's.
    if (isOfSelect(error)) this.#redis.disconnect(true)
  }

  #closed(): void {
    if (this.#phase !== 'open') return
    this.#phase = 'lost'
    this.#connecting.onLost(meaning(this.#error ?? CLOSED, this.#connecting).reason)
  }

  #ready(): void {
    this.#error = undefined
    if (this.#phase !== 'lost') return
    this.#phase = 'open'
    this.#connecting.onBack()
  }
}

const CONNECTED = ['connecting', 'connect', 'ready']

const CLOSED = new Error('the connection was closed')

const isOfSelect = (error: Error & { readonly command?: { readonly name: string } }) =>
  error.command?.name === 'select'

/** Nothing waits for a Redis that is gone: whoever asks meanwhile is told so. */
function settings({ address, timeout }: Required<Connecting>) {
  const { host, port, username, password, database: db, secure } = address
  return {
    host,
    port,
    db,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(secure && { tls: {} }),
    connectionName: 'sca-sandbox',
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    // What was sent may have been done: sent again, it would be done twice.
    autoResendUnfulfilledCommands: false,
    connectTimeout: timeout,
    commandTimeout: timeout,
    // One that takes connections and answers nothing is cut off, so that only the first ones wait.
    socketTimeout: timeout,
    disconnectTimeout: Math.min(timeout, 100),
  }
}

interface Meaning {
  readonly reason: string
  readonly remedy: string
}

const START_IT = 'start Redis there, or name another store with --store'

/** What an error says, by its code and text. */
const MEANINGS: readonly [RegExp, (connecting: Required<Connecting>) => Meaning][] = [
  [/ECONNREFUSED/, () => ({ reason: 'nothing listens there', remedy: START_IT })],
  [
    /ENOTFOUND|EAI_AGAIN/,
    ({ address }) => ({
      reason: `${address.host} is not a name that is known here`,
      remedy: 'correct the name, or name another store with --store',
    }),
  ],
  [
    /ETIMEDOUT|timed out|[Tt]imeout/,
    ({ timeout, address }) => ({
      reason: `no answer within ${timeout / 1_000} s`,
      // One without TLS waits for the rest of what it takes for a command.
      remedy: address.secure ? `${START_IT}; where it has no TLS, write redis://` : START_IT,
    }),
  ],
  [
    /WRONGPASS|NOAUTH|invalid password|invalid username/,
    () => ({
      reason: 'it asks for another user or password',
      remedy: 'write them into the URL, redis://user:password@host:port',
    }),
  ],
  [
    /DB index|invalid DB/,
    ({ address }) => ({
      reason: `it has no database ${address.database}`,
      remedy: 'choose another; most have 0 to 15, a cluster 0 alone',
    }),
  ],
  [
    /EPROTO|wrong version number|packet length/,
    () => ({ reason: 'it does not speak TLS', remedy: 'where it has no TLS, write redis://' }),
  ],
  [
    /CERT|certificate/,
    () => ({
      reason: 'its certificate is not trusted',
      remedy: 'name the file of its authority in NODE_EXTRA_CA_CERTS',
    }),
  ],
  [
    /Protocol error|RESP type/,
    () => ({ reason: 'what listens there is no Redis', remedy: 'correct host and port' }),
  ],
  [
    /ECONNRESET|EPIPE|Connection is closed|connection was closed|isn't writeable|max retries/,
    () => ({ reason: 'the connection was closed', remedy: START_IT }),
  ],
]

function meaning(error: Error & { readonly code?: string }, connecting: Required<Connecting>) {
  const text = `${error.code ?? ''} ${error.message}`
  const known = MEANINGS.find(([pattern]) => pattern.test(text))
  if (known) return known[1](connecting)
  const reason = error.message.split('\n')[0] ?? ''
  return { reason, remedy: 'mend that, or name another store with --store' }
}

/** Where a Redis is, or what speaks its protocol. */
export interface RedisAddress {
  readonly host: string
  readonly port: number
  readonly username: string | undefined
  readonly password: string | undefined
  readonly database: number
  readonly secure: boolean
  /** The URL as it may be printed: without its password. */
  readonly shown: string
}
