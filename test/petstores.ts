/** Documents of the kinds that people have, for what must work with any of them. */
import { documentOf } from './files.ts'

const CATEGORY = {
  type: 'object',
  properties: { id: { type: 'integer' }, name: { type: 'string' } },
}

const json = (schema: unknown) => ({ content: { 'application/json': { schema } } })
const answer = (schema: unknown) => ({ description: 'Well.', ...json(schema) })
const NONE = { description: 'There is none.' }

const path = (name: string, type: string, more = {}) => ({
  name,
  in: 'path',
  required: true,
  schema: { type, ...more },
})

/** The well-known one: OAuth here, an api-key there, XML and forms beside JSON, errors only at times. */
export const CLASSIC = JSON.stringify({
  openapi: '3.0.3',
  info: { title: 'Swagger Petstore', version: '1.0.0' },
  servers: [{ url: 'http://petstore.example/v2' }],
  paths: {
    '/pet': {
      post: {
        operationId: 'addPet',
        requestBody: { $ref: '#/components/requestBodies/Pet' },
        responses: { 200: { $ref: '#/components/responses/Pet' }, 405: { description: 'No.' } },
        security: [{ petstore_auth: ['write:pets'] }],
      },
      put: {
        operationId: 'updatePet',
        requestBody: { $ref: '#/components/requestBodies/Pet' },
        responses: { 400: { description: 'No.' }, 404: NONE },
        security: [{ petstore_auth: ['write:pets'] }],
      },
    },
    '/pet/{petId}': {
      get: {
        operationId: 'getPetById',
        parameters: [path('petId', 'integer', { format: 'int64' })],
        responses: { 200: { $ref: '#/components/responses/Pet' }, 404: NONE },
        security: [{ api_key: [] }],
      },
      delete: {
        operationId: 'deletePet',
        parameters: [path('petId', 'integer', { format: 'int64' })],
        responses: { 204: { description: 'Gone.' }, 404: NONE },
        security: [{ petstore_auth: ['write:pets'] }],
      },
    },
  },
  components: {
    securitySchemes: {
      petstore_auth: {
        type: 'oauth2',
        flows: { implicit: { authorizationUrl: 'http://petstore.example', scopes: {} } },
      },
      api_key: { type: 'apiKey', name: 'api_key', in: 'header' },
    },
    requestBodies: {
      Pet: {
        required: true,
        content: Object.fromEntries(
          ['application/xml', 'application/json', 'application/x-www-form-urlencoded'].map(
            (type) => [type, { schema: { $ref: '#/components/schemas/Pet' } }],
          ),
        ),
      },
    },
    responses: { Pet: answer({ $ref: '#/components/schemas/Pet' }) },
    schemas: {
      Pet: {
        type: 'object',
        required: ['name', 'photoUrls'],
        properties: {
          id: { type: 'integer', format: 'int64' },
          category: CATEGORY,
          name: { type: 'string', example: 'doggie' },
          photoUrls: { type: 'array', items: { type: 'string' } },
          tags: { type: 'array', items: CATEGORY },
          status: { type: 'string', enum: ['available', 'pending', 'sold'] },
        },
      },
    },
  },
})

const USER = {
  type: 'object',
  required: ['id', 'email', 'createdAt', 'role'],
  additionalProperties: false,
  properties: {
    id: { type: 'string', format: 'uuid', readOnly: true },
    email: { type: 'string', format: 'email' },
    role: { type: 'string', enum: ['user', '${admin}'], readOnly: true },
    password: { type: 'string', writeOnly: true },
    createdAt: { type: 'string', format: 'date-time', readOnly: true },
    name: { type: ['string', 'null'] },
  },
}

/** What each side alone may send, ids that are UUIDs, updates, and a body that may be left out. */
export const USERS = documentOf(
  {
    '/users': {
      post: {
        operationId: 'create user',
        requestBody: json(USER),
        responses: {
          201: {
            ...answer({
              type: 'object',
              required: ['id'],
              properties: { id: { type: 'string' } },
              additionalProperties: false,
            }),
            headers: { Location: { required: true, schema: { type: 'string' } } },
          },
        },
      },
    },
    '/users/{user-id}': {
      parameters: [path('user-id', 'string')],
      get: { responses: { 200: answer(USER), default: NONE } },
      patch: {
        requestBody: {
          required: true,
          ...json({
            type: 'object',
            properties: { name: { type: 'string' } },
            additionalProperties: false,
          }),
        },
        responses: { 200: answer(USER) },
      },
      delete: { responses: { 200: { description: 'Gone.' }, 410: NONE } },
    },
  },
  {
    security: [{ token: [] }],
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  },
)

const LABEL = { type: 'object', required: ['name'], properties: { name: { type: 'string' } } }

/** Names as ids, and a list. */
export const LABELS = documentOf({
  '/in': {
    get: { responses: { 200: answer({ type: 'array', items: LABEL }) } },
    post: {
      requestBody: { required: true, ...json(LABEL) },
      responses: { 201: { description: 'Made.' } },
    },
  },
  '/in/{label_name}': {
    parameters: [path('label_name', 'string')],
    get: { responses: { 200: answer(LABEL), 404: NONE } },
    put: { requestBody: { required: true, ...json(LABEL) }, responses: { 204: NONE } },
  },
})

const plain = (type: string) => ({ description: 'Well.', content: { [type]: {} } })

/** Documents of which no scenario can remember anything. */
export const STATELESS: Readonly<Record<string, string>> = {
  'only reads': documentOf({ '/a': { get: { responses: { 200: answer({}) } } } }),
  'nothing to read back': documentOf({ '/a': { post: { responses: { 204: NONE } } } }),
  'ranges of errors': documentOf({ '/a': { get: { responses: { 200: NONE, '4XX': NONE } } } }),
  'a default error': documentOf({ '/a': { get: { responses: { 200: NONE, default: NONE } } } }),
  'no answers': documentOf({ '/a': { get: { responses: {} } } }),
  'bodies that are not JSON': documentOf({
    '/a': { post: { requestBody: plain('text/plain'), responses: { 201: plain('text/csv') } } },
    '/a/{id}': {
      parameters: [path('id', 'string')],
      get: { responses: { 200: plain('application/pdf'), 404: plain('text/plain') } },
    },
  }),
  'an error whose header must be there': documentOf({
    '/a': {
      get: {
        responses: {
          200: NONE,
          429: {
            ...NONE,
            headers: { 'Retry-After': { required: true, schema: { type: 'integer' } } },
          },
        },
      },
    },
  }),
  'failures alone': documentOf({
    '/a': { post: { requestBody: json(LABEL), responses: { 405: NONE } } },
    '/a/{name}': {
      parameters: [path('name', 'string')],
      get: { responses: { 200: answer(LABEL) } },
    },
  }),
  'an item without an id': documentOf({
    '/a': {
      post: {
        requestBody: json({ type: 'object' }),
        responses: { 201: answer({ type: 'object' }) },
      },
    },
    '/a/{id}': {
      parameters: [path('id', 'string')],
      get: {
        responses: { 200: answer({ type: 'object', properties: { size: { type: 'integer' } } }) },
      },
    },
  }),
}
