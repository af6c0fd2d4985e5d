// A bare Fastify route for the same request: what any server in Node pays for HTTP and JSON.
import fastify from 'fastify'

const app = fastify({ logger: false })
app.post('/multi/challenges/otp/SMS', async () => ({ scaChallengeId: '110984032147800067' }))
await app.listen({ port: Number(process.argv[2] ?? 0), host: '127.0.0.1' })
process.stdout.write(`listens on http://127.0.0.1:${app.server.address().port}\n`)
process.once('SIGTERM', () => app.close())
