/** Connections that a scenario breaks, and those on which a client does not speak HTTP. */
import type { Socket } from 'node:net'
import type { FastifyReply } from 'fastify'
import { Problem } from '../errors.ts'
import type { ConnectionFault } from '../scenario/model.ts'

/** Not HTTP, so that a client must report a broken response. */
const GARBAGE = '\u0000\u0001garbage, as the scenario wants it\r\n\r\n'

/** Breaks the connection as a scenario wants it; no response is sent. */
export function breakConnection(
  fault: ConnectionFault,
  reply: FastifyReply,
  stopping: AbortSignal,
): FastifyReply {
  reply.hijack()
  const socket = reply.raw.socket
  if (!socket) return reply
  if (fault === 'reset') unwrapTls(socket).resetAndDestroy()
  else if (fault === 'empty') socket.end()
  else if (fault === 'garbage') socket.end(GARBAGE)
  else if (stopping.aborted) socket.destroy()
  else stopping.addEventListener('abort', () => socket.destroy(), { once: true })
  return reply
}

/** Only the socket inside a TLS socket can be reset; the outer one would throw. */
const unwrapTls = (socket: Socket): Socket =>
  (socket as { readonly _parent?: Socket | null })._parent ?? socket

/** Responds to bytes that are not HTTP, or too many headers: the parser gives up before any route. */
export function refuseBytes(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const large = error.code === 'HPE_HEADER_OVERFLOW'
  const problem = large
    ? new Problem('header-too-large', 'the headers of the request are larger than 16 KiB')
    : new Problem('bad-http', `the request could not be read: ${error.message}`)
  const body = JSON.stringify(problem)
  const line = large ? '431 Request Header Fields Too Large' : '400 Bad Request'
  socket.end(
    `HTTP/1.1 ${line}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}
