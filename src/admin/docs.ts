/** The admin API's own OpenAPI document, and the page that shows it and tries it out. */
import { readFileSync } from 'node:fs'
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import ui from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { ADMIN } from '../exchange/http.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { Gate } from './auth.ts'
import type { Tag } from './route.ts'

const TAGS: Readonly<Record<Tag, string>> = {
  Sessions: 'Set the stage: a private world for each test.',
  Steering: 'Play the user, and steer clients that cannot add headers.',
  Journal: 'Look at what happened, and why.',
  Coverage: 'Prove what was tested.',
  Contract: 'What is mocked, and what can be played.',
  Operations: 'Run it.',
}

const readVersion = () => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

/** From which @fastify/swagger makes the document, with the schemas of the routes. */
export const documentOptions = ({ token }: Gate): FastifyDynamicSwaggerOptions => ({
  openapi: {
    openapi: '3.1.0',
    info: {
      title: 'Admin API of sca-sandbox',
      version: readVersion(),
      description: 'Arrange, act and assert: sessions, clocks, journal, messages, coverage.',
    },
    servers: [{ url: '/' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    components: {
      securitySchemes: {
        adminToken: {
          type: 'http',
          scheme: 'bearer',
          description: 'What --admin-token says; not asked for without it.',
        },
      },
    },
    security: token === undefined ? [{}, { adminToken: [] }] : [{ adminToken: [] }],
  },
  // The names under which the schemas were added, in place of def-0, def-1, …
  refResolver: {
    buildLocalReference: (json, _base, _fragment, index) => String(json.$id ?? index),
  },
})

/** What is there beside the routes of the document. */
export const PAGES = [
  { method: 'GET', url: '/openapi.json' },
  { method: 'GET', url: '/docs' },
] as const

/** `/__admin/docs`, where the mocked contracts can be chosen, too, and `/__admin/openapi.json`. */
export async function addDocsPage(scope: FastifyInstance, { apis }: Sandbox): Promise<void> {
  scope.get('/openapi.json', { schema: { hide: true } }, async () => scope.swagger())
  const contracts = [...apis.byName.keys()].map((name) => ({
    name,
    url: `${ADMIN}/specs/${encodeURIComponent(name)}`,
  }))
  await scope.register(ui, {
    routePrefix: '/docs',
    indexPrefix: ADMIN,
    staticCSP: true,
    // The page inserts a style of its own, and is served over HTTP as often as not.
    transformStaticCSP: (header) =>
      header
        .replace(/ ?upgrade-insecure-requests;/, '')
        .replace('style-src ', "style-src 'unsafe-inline' "),
    uiConfig: {
      urls: [{ name: 'Admin API', url: `${ADMIN}/openapi.json` }, ...contracts],
      tryItOutEnabled: true,
      displayRequestDuration: true,
    },
  })
}
