import type { FastifyInstance } from 'fastify'

/** `GET /__admin/health`: the process answers. Needs no credentials, tells no secrets. */
export function health(scope: FastifyInstance): void {
  scope.get('/health', { logLevel: 'silent' }, async () => ({ status: 'ok' }))
}
