// The same answer from node:http alone: what any server in Node pays for HTTP.
import { createServer } from 'node:http'

const body = JSON.stringify({ scaChallengeId: '110984032147800068' })
const server = createServer((request, response) => {
  request.resume().on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(body)
  })
})
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  process.stdout.write(`listens on http://127.0.0.1:${server.address().port}\n`)
})
process.once('SIGTERM', () => server.close())
