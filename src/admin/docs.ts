/** The OpenAPI document of the admin API, and the page on which one can try it out. */
import { readFileSync } from 'node:fs'
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import ui from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { ADMIN } from '../exchange/http.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { Gate } from './auth.ts'
import type { Tag } from './route.ts'

const TAGS: Readonly<Record<Tag, string>> = {
  Sessions: 'Arrange: a session of its own for each test.',
  Steering: 'Play the user, and control clients that cannot add headers.',
  Journal: 'See what happened, and why.',
  Coverage: 'Show what was tested.',
  Contract: 'The mocked contracts, and the scenarios that can be played.',
  Operations: 'Operate the sandbox: health and metrics.',
}

const readVersion = () => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

/** The options from which @fastify/swagger makes the document, with the schemas of the routes. */
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
          description: 'The value of --admin-token; not required without it.',
        },
      },
    },
    security: token === undefined ? [{}, { adminToken: [] }] : [{ adminToken: [] }],
  },
  // Keep the names of the schemas instead of def-0, def-1, …
  refResolver: {
    buildLocalReference: (json, _base, _fragment, index) => String(json.$id ?? index),
  },
})

/** Pages that are not in the document. */
export const PAGES = [
  { method: 'GET', url: '/openapi.json' },
  { method: 'GET', url: '/docs' },
] as const

/** Stands for the list of documents in the page's configuration: the plugin writes that only once. */
const DOCUMENTS = '{documents}'

/** Lists the documents that the page offers: the admin API and the contracts, as now loaded. */
const listDocuments = ({ apis }: Sandbox) => [
  { name: 'Admin API', url: `${ADMIN}/openapi.json` },
  ...[...apis.byName.keys()].map((name) => ({
    name,
    url: `${ADMIN}/specs/${encodeURIComponent(name)}`,
  })),
]

/** Adds `/__admin/docs`, which also offers the mocked contracts, and `/__admin/openapi.json`. */
export async function addDocsPage(scope: FastifyInstance, sandbox: Sandbox): Promise<void> {
  scope.get('/openapi.json', { schema: { hide: true } }, async () => scope.swagger())
  await scope.register(async (page) => {
    page.addHook('onSend', async ({ routeOptions }, _, payload) =>
      // A reload can add and remove contracts.
      routeOptions.url?.endsWith('/swagger-initializer.js')
        ? String(payload).replace(`"${DOCUMENTS}"`, JSON.stringify(listDocuments(sandbox)))
        : payload,
    )
    await page.register(ui, {
      routePrefix: '/docs',
      indexPrefix: ADMIN,
      staticCSP: true,
      // The page inserts a style of its own, and is often served over plain HTTP.
      transformStaticCSP: (header) =>
        header
          .replace(/ ?upgrade-insecure-requests;/, '')
          .replace('style-src ', "style-src 'unsafe-inline' "),
      uiConfig: {
        urls: DOCUMENTS as unknown as [],
        tryItOutEnabled: true,
        displayRequestDuration: true,
        // Shows what a contract marks with x-assumed and x-observed, and the limits of parameters.
        showExtensions: true,
        showCommonExtensions: true,
      },
    })
  })
}
