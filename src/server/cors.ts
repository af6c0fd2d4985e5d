/** Which web pages may call the mocked APIs, and which headers they can read. */
import type { FastifyCorsOptions } from '@fastify/cors'
import { EXPOSED } from '../exchange/http.ts'
import type { Apis } from '../sandbox/apis.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'

/** The plugin's options, made again after a reload, which may bring headers. */
export function corsOptionsOf(sandbox: Sandbox): () => FastifyCorsOptions {
  let known: { readonly apis: Apis; readonly options: FastifyCorsOptions } | undefined
  return () => {
    const { apis } = sandbox
    if (known?.apis !== apis) known = { apis, options: makeOptions(apis) }
    return known.options
  }
}

function makeOptions({ byName }: Apis): FastifyCorsOptions {
  const declared = [...byName.values()].flatMap(({ contract }) =>
    [...contract.operations.values()].flatMap(({ responses }) =>
      [...responses.values()].flatMap(({ headers }) =>
        [...headers.values()].map(({ name }) => name),
      ),
    ),
  )
  return {
    origin: true,
    credentials: true,
    exposedHeaders: [...new Set([...EXPOSED, ...declared])],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    maxAge: 600,
    // The plugin sets the headers of a preflight, whether or not its path exists.
    strictPreflight: false,
    preflightContinue: true,
  }
}
