/** What becomes of a connection: how it begins, is lost, hangs, and comes back. */
import { once } from 'node:events'
import { createServer as createHttp } from 'node:http'
import { createServer, type Server } from 'node:net'
import t, { type Test } from 'tap'
import { Problem, UsageError } from '../../src/errors.ts'
import { parseRedisUrl } from '../../src/store/redis-address.ts'
import { RedisClient } from '../../src/store/redis-client.ts'
import { CHECK, COUNT } from '../../src/store/redis-scripts.ts'
import { freePort, NO_REDIS, startRedis } from '../fixtures/redis.ts'

const BOUNDS = [0, 1_000, 10, 10, 10, 10]

/** What is told of a connection, and promises of the next telling. */
async function made(t: Test, url: string, timeout?: number) {
  const told: string[] = []
  let heard = () => {}
  const tell = (what: string) => {
    told.push(what)
    heard()
  }
  const client = new RedisClient({
    address: parseRedisUrl(url, 'test'),
    ...(timeout !== undefined && { timeout }),
    onLost: (reason) => tell(`lost: ${reason}`),
    onBack: () => tell('back'),
  })
  t.teardown(() => client.close())
  const toldOf = async (what: string) => {
    while (!told.includes(what)) {
      await new Promise<void>((resolve) => {
        heard = resolve
      })
    }
  }
  return { client, told, toldOf }
}

const refusal = (reason: RegExp) => ({
  constructor: UsageError,
  message: new RegExp(`^cannot use the store redis.*: ${reason.source}; `),
})

const gone = (reason: RegExp) => ({
  constructor: Problem,
  code: 'store-unavailable',
  message: new RegExp(`^the store redis://127\\.0\\.0\\.1:\\d+/0: ${reason.source}; make sure`),
})

async function listening(t: Test, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return (server.address() as { port: number }).port
}

t.test('a start is refused', async (t) => {
  t.test('where nothing listens', async (t) => {
    const { client, told } = await made(t, `redis://127.0.0.1:${await freePort()}`)
    await t.rejects(client.open(BOUNDS), refusal(/nothing listens there/))
    await t.rejects(client.run(COUNT, BOUNDS), { code: 'store-unavailable' })
    t.same(told, [], 'and nobody is told that it is gone')
  })

  t.test('where the name is not known', async (t) => {
    const { client } = await made(t, 'redis://no-such-host.invalid')
    await t.rejects(client.open(BOUNDS), refusal(/no-such-host\.invalid is not a known host name/))
  })

  t.test('where something else listens', async (t) => {
    const port = await listening(
      t,
      createHttp((_, reply) => reply.end('hello')),
    )
    const { client } = await made(t, `redis://127.0.0.1:${port}`)
    await t.rejects(client.open(BOUNDS), refusal(/the server there is not a Redis/))
  })

  t.test('where nobody answers, with or without TLS', async (t) => {
    const port = await listening(
      t,
      createServer((socket) => {
        t.teardown(() => socket.destroy())
      }),
    )
    for (const scheme of ['redis', 'rediss']) {
      const { client } = await made(t, `${scheme}://127.0.0.1:${port}`, 50)
      await t.rejects(client.open(BOUNDS), refusal(/no reply within 0\.05 s/))
    }
  })

  t.test('where what listens hangs up', async (t) => {
    const port = await listening(
      t,
      createServer((socket) => {
        socket.end()
      }),
    )
    const { client } = await made(t, `redis://127.0.0.1:${port}`)
    await t.rejects(client.open(BOUNDS), refusal(/the connection was closed/))
  })
})

t.test('with a Redis that asks for a password', { skip: NO_REDIS }, async (t) => {
  const redis = await startRedis(t, ['--requirepass', 's%cret'])
  const at = (login: string) => redis.url.replace('//', `//${login}@`)

  t.test('the right one is taken', async (t) => {
    const { client } = await made(t, at(':s%25cret'))
    await t.resolves(client.open(BOUNDS))
    t.same(await client.run(COUNT, BOUNDS), [[], 0])
  })

  t.test('a wrong one is refused and not told', async (t) => {
    for (const url of [at(':wr0ng'), at('ann:wr0ng'), redis.url]) {
      const { client } = await made(t, url)
      const error = await client.open(BOUNDS).catch((refused: Error) => refused)
      t.match(error, refusal(/it requires another user or password/))
      t.notMatch(String(error), 'wr0ng')
    }
  })
})

t.test('with a Redis', { skip: NO_REDIS }, async (t) => {
  const redis = await startRedis(t)

  t.test('a database that it has not is refused', async (t) => {
    const { client } = await made(t, `${redis.url}/9999`)
    await t.rejects(client.open(BOUNDS), refusal(/it has no database 9999/))
  })

  t.test('databases know nothing of each other', async (t) => {
    const [zero, one] = [await made(t, `${redis.url}/0`), await made(t, `${redis.url}/1`)]
    for (const { client } of [zero, one]) await client.open(BOUNDS)
    const turn = async ({ client }: typeof zero) =>
      ((await client.run(CHECK, BOUNDS)) as [unknown, number])[1]
    const first = await turn(zero)
    await turn(one)
    await turn(one)
    t.equal(await turn(zero), first + 1)
  })

  t.test('one that is stopped is told as gone once, and asking for it fails at once', async (t) => {
    const { client, told, toldOf } = await made(t, redis.url)
    await client.open(BOUNDS)
    await redis.stop()
    await toldOf('lost: the connection was closed')
    for (const _ of [1, 2, 3]) {
      await t.rejects(
        client.run(COUNT, BOUNDS),
        gone(/(the connection was closed|nothing listens there)/),
      )
    }
    t.equal(told.length, 1)
    await redis.start()
    await toldOf('back')
    t.same(await client.run(COUNT, BOUNDS), [[], 0], 'and its scripts are there again')
    t.equal(told.length, 2)
  })

  t.test('one that hangs is cut off, and taken again when it goes on', async (t) => {
    const { client, told, toldOf } = await made(t, redis.url, 100)
    await client.open(BOUNDS)
    redis.hang()
    t.teardown(() => redis.goOn())
    const asked = [client.run(COUNT, BOUNDS), client.run(COUNT, BOUNDS)]
    for (const each of asked) await t.rejects(each, gone(/no reply within 0\.1 s/))
    await toldOf('lost: no reply within 0.1 s')
    await t.rejects(client.run(COUNT, BOUNDS), { code: 'store-unavailable' })
    redis.goOn()
    await toldOf('back')
    t.same(await client.run(COUNT, BOUNDS), [[], 0])
    t.equal(told.length, 2)
  })

  t.test('one that forgot the scripts is given them again', async (t) => {
    const { client } = await made(t, redis.url)
    await client.open(BOUNDS)
    const { Redis } = await import('ioredis')
    const raw = new Redis(redis.port)
    t.teardown(() => raw.disconnect())
    await client.run(COUNT, BOUNDS)
    await raw.script('FLUSH')
    t.same(await client.run(COUNT, BOUNDS), [[], 0])
  })

  t.test('one that takes no writes is not fit for use, and says why', async (t) => {
    const { client } = await made(t, redis.url)
    await client.open(BOUNDS)
    const { Redis } = await import('ioredis')
    const raw = new Redis(redis.port)
    t.teardown(() => raw.disconnect())
    await raw.config('SET', 'maxmemory', '1')
    await t.rejects(client.run(CHECK, BOUNDS), gone(/.*OOM.*/))
    await raw.config('SET', 'maxmemory', '0')
    await t.resolves(client.run(CHECK, BOUNDS))
  })

  t.test('a connection that was closed on purpose is not told as gone', async (t) => {
    const { client, told } = await made(t, redis.url)
    await client.open(BOUNDS)
    await client.close()
    await t.rejects(client.run(COUNT, BOUNDS), gone(/the connection was closed/))
    t.same(told, [])
  })
})
