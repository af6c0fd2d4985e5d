/** One connection to a Redis: its states, and what its errors mean. */
import { Redis } from 'ioredis'
import { Problem, UsageError } from '../errors.ts'
import type { RedisAddress } from './redis-address.ts'
import { CHECK, type LuaScript, SESSIONS } from './redis-scripts.ts'

export interface RedisClientOptions {
  readonly address: RedisAddress
  /** Real ms within which a reply must arrive. */
  readonly timeout?: number
  /** Called once when the connection is lost, with the reason, and once when it is back. */
  readonly onLost?: (reason: string) => void
  readonly onBack?: () => void
}

const TIMEOUT = 2_000

/** Real ms between two attempts to reconnect, at first and at most. */
const RETRY = { first: 50, most: 1_000 }

type Phase = 'new' | 'open' | 'lost' | 'closed'

export class RedisClient {
  readonly #redis: Redis
  readonly #options: Required<RedisClientOptions>
  #phase: Phase = 'new'
  #error: Error | undefined
  /** Is called with the first error while the connection is being made. */
  #refuse: (error: Error) => void = () => {}

  /** Connects to nothing yet. */
  constructor(options: RedisClientOptions) {
    const ignore = () => {}
    this.#options = { timeout: TIMEOUT, onLost: ignore, onBack: ignore, ...options }
    this.#redis = new Redis({
      ...redisOptions(this.#options),
      // A start fails at once; a connection that was open is made again.
      retryStrategy: (times) =>
        this.#phase === 'new' ? null : Math.min(RETRY.first * 2 ** (times - 1), RETRY.most),
    })
    this.#redis.on('error', (error: Error) => this.#onError(error))
    this.#redis.on('close', () => this.#onClose())
    this.#redis.on('ready', () => this.#onReady())
  }

  /**
   * Connects, and writes something, with the first values that every script takes.
   *
   * @throws UsageError that says why that failed and what to do
   */
  async open(values: readonly number[]): Promise<void> {
    const refused = new Promise<never>((_, reject) => {
      this.#refuse = reject
    })
    try {
      await Promise.race([this.#redis.connect(), refused])
      await Promise.race([this.#evaluate(CHECK, values), refused])
      this.#phase = 'open'
    } catch (error) {
      // The error that comes with closing says less than the one that led to it.
      const { reason, remedy } = explain(this.#error ?? (error as Error), this.#options)
      await this.close()
      throw new UsageError(`cannot use the store ${this.#shown}: ${reason}; ${remedy}`)
    }
  }

  /** @throws Problem if Redis cannot be reached, or reports an error */
  async run(script: LuaScript, values: readonly (string | number)[]): Promise<unknown> {
    try {
      return await this.#evaluate(script, values)
    } catch (error) {
      // Without a connection the library says only that there is none.
      const cause = this.#redis.status === 'ready' ? (error as Error) : (this.#error ?? error)
      const { reason } = explain(cause as Error, this.#options)
      const remedy = 'make sure that it runs and accepts writes; the sandbox reconnects by itself'
      throw new Problem('store-unavailable', `the store ${this.#shown}: ${reason}; ${remedy}`)
    }
  }

  /** Resolves when the server has seen it; without a connection, at once. */
  async close(): Promise<void> {
    this.#phase = 'closed'
    const { status } = this.#redis
    if (status === 'end') return
    const ended = new Promise<void>((resolve) => this.#redis.once('end', resolve))
    this.#redis.disconnect()
    if (CONNECTED.includes(status)) await ended
  }

  get #shown(): string {
    return this.#options.address.shown
  }

  async #evaluate(script: LuaScript, values: readonly (string | number)[]): Promise<unknown> {
    try {
      return await this.#redis.evalsha(script.sha, 1, SESSIONS, ...values)
    } catch (error) {
      // A Redis that was restarted has forgotten all scripts: it has done nothing.
      if (!(error as Error).message.startsWith('NOSCRIPT')) throw error
      return this.#redis.eval(script.lua, 1, SESSIONS, ...values)
    }
  }

  #onError(error: Error): void {
    this.#error = error
    this.#refuse(error)
    // The library would continue with database 0, which may be somebody else's.
    if (isSelectError(error)) this.#redis.disconnect(true)
  }

  #onClose(): void {
    if (this.#phase !== 'open') return
    this.#phase = 'lost'
    this.#options.onLost(explain(this.#error ?? CLOSED, this.#options).reason)
  }

  #onReady(): void {
    this.#error = undefined
    if (this.#phase !== 'lost') return
    this.#phase = 'open'
    this.#options.onBack()
  }
}

const CONNECTED = ['connecting', 'connect', 'ready']

const CLOSED = new Error('the connection was closed')

const isSelectError = (error: Error & { readonly command?: { readonly name: string } }) =>
  error.command?.name === 'select'

/** Nothing waits for a Redis that is gone: every request meanwhile fails at once. */
function redisOptions({ address, timeout }: Required<RedisClientOptions>) {
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
    // A command that was sent may have been done: sent again, it would be done twice.
    autoResendUnfulfilledCommands: false,
    connectTimeout: timeout,
    commandTimeout: timeout,
    // A server that accepts connections but never replies is cut off: only the first callers wait.
    socketTimeout: timeout,
    disconnectTimeout: Math.min(timeout, 100),
  }
}

interface Explanation {
  readonly reason: string
  readonly remedy: string
}

const START_IT = 'start Redis there, or choose another store with --store'

/** What errors mean, by their code and message. */
const EXPLANATIONS: readonly [RegExp, (options: Required<RedisClientOptions>) => Explanation][] = [
  [/ECONNREFUSED/, () => ({ reason: 'nothing listens there', remedy: START_IT })],
  [
    /ENOTFOUND|EAI_AGAIN/,
    ({ address }) => ({
      reason: `${address.host} is not a known host name`,
      remedy: 'correct the name, or choose another store with --store',
    }),
  ],
  [
    /ETIMEDOUT|timed out|[Tt]imeout/,
    ({ timeout, address }) => ({
      reason: `no reply within ${timeout / 1_000} s`,
      // A server without TLS waits for the rest of what it takes for a command.
      remedy: address.secure ? `${START_IT}; if it has no TLS, use redis://` : START_IT,
    }),
  ],
  [
    /WRONGPASS|NOAUTH|invalid password|invalid username/,
    () => ({
      reason: 'it requires another user or password',
      remedy: 'put them into the URL: redis://user:password@host:port',
    }),
  ],
  [
    /DB index|invalid DB/,
    ({ address }) => ({
      reason: `it has no database ${address.database}`,
      remedy: 'choose another; most servers have 0 to 15, a cluster only 0',
    }),
  ],
  [
    /EPROTO|wrong version number|packet length/,
    () => ({ reason: 'it does not speak TLS', remedy: 'use redis://' }),
  ],
  [
    /CERT|certificate/,
    () => ({
      reason: 'its certificate is not trusted',
      remedy: 'set NODE_EXTRA_CA_CERTS to the file of its authority',
    }),
  ],
  [
    /Protocol error|RESP type/,
    () => ({ reason: 'the server there is not a Redis', remedy: 'correct host and port' }),
  ],
  [
    /ECONNRESET|EPIPE|Connection is closed|connection was closed|isn't writeable|max retries/,
    () => ({ reason: 'the connection was closed', remedy: START_IT }),
  ],
]

function explain(
  error: Error & { readonly code?: string },
  options: Required<RedisClientOptions>,
): Explanation {
  const text = `${error.code ?? ''} ${error.message}`
  const known = EXPLANATIONS.find(([pattern]) => pattern.test(text))
  if (known) return known[1](options)
  const reason = error.message.split('\n')[0] ?? ''
  return { reason, remedy: 'fix that, or choose another store with --store' }
}
