/** A Redis for tests: started where it is installed, stopped, made to hang, and started again. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Test } from 'tap'

/** For tests that need one: why they are skipped, if they are. */
export const NO_REDIS =
  spawnSync('redis-server', ['--version']).status !== 0 && 'no redis-server is installed'

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

export class TestRedis {
  readonly port: number
  readonly #args: readonly string[]
  #child: ChildProcess | undefined
  #databases = 0

  constructor(port: number, args: readonly string[]) {
    this.port = port
    this.#args = args
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** A database that no other test of the file has used. */
  next(): string {
    return `${this.url}/${this.#databases++}`
  }

  async start(): Promise<void> {
    const fixed = ['--bind', '127.0.0.1', '--save', '', '--databases', '512', '--dir', '/tmp']
    const port = ['--port', String(this.port)]
    const child = spawn('redis-server', [...port, ...fixed, ...this.#args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#child = child
    for await (const text of child.stdout.setEncoding('utf8')) {
      if (/Ready to accept connections/.test(text)) break
      if (/FATAL|Failed listening/.test(text)) throw new Error(text)
    }
    child.stdout.destroy()
  }

  async stop(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (!child || child.exitCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  /** Takes connections, and answers nothing. */
  hang(): void {
    this.#child?.kill('SIGSTOP')
  }

  goOn(): void {
    this.#child?.kill('SIGCONT')
  }
}

export async function startRedis(
  t: Pick<Test, 'teardown'>,
  args: readonly string[] = [],
): Promise<TestRedis> {
  const redis = new TestRedis(await freePort(), args)
  t.teardown(() => redis.stop())
  await redis.start()
  return redis
}
