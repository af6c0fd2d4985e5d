import { basename } from 'node:path'
import { OpenAPIRouter } from 'openapi-backend/router.js'
import { LoadError } from '../errors.ts'
import type { YamlFile } from '../yaml-file.ts'
import { readBody, writeBody } from './body.ts'
import { Documents } from './document.ts'
import type { Contract, Operation } from './model.ts'
import { basePathsOf, OperationReader } from './operation.ts'
import { Validation } from './validator.ts'
import { type DocumentNode, isObject } from './walk.ts'

type Definition = Operation['definition']

/** The API's name: the document's file name without its ending. */
export const contractName = (file: string) => basename(file).replace(/\.(ya?ml|json)$/i, '')

/**
 * Reads one OpenAPI document, with the files it refers to, into a contract.
 *
 * @throws LoadError with every fault found
 */
export function loadContract(source: YamlFile, name = contractName(source.file)): Contract {
  try {
    return read(source, name)
  } catch (error) {
    if (error instanceof LoadError) throw error
    // A document of another form than OpenAPI's: an object where a list should be, say.
    const message = `not a well-formed OpenAPI document: ${(error as Error).message}`
    throw new LoadError([source.diagnosticAt([], message)])
  }
}

function read(source: YamlFile, name: string): Contract {
  const documents = new Documents(source, name)
  const { diagnostics, root, follow } = documents
  const operations = operationsOf(name, source, documents)
  const servers = Array.isArray(root.servers) ? root.servers : []
  const basePaths = basePathsOf(servers, (index, url) => {
    diagnostics.push(source.diagnosticAt(['servers', index, 'url'], `"${url}" is not a URL`))
  })
  if (diagnostics.length > 0) throw new LoadError(diagnostics)
  const info = isObject(root.info) ? root.info : {}
  const validation = new Validation(documents)
  return {
    name,
    title: String(info.title ?? name),
    version: String(info.version ?? ''),
    file: source.file,
    files: documents.paths,
    warnings: documents.warnings,
    basePaths,
    operations,
    document: source.value as DocumentNode,
    checkRequest: (operation, parts) => validation.request(operation, parts),
    checkBody: (spec, body, media) => validation.body(spec, body, media),
    checkHeader: (spec, text) => validation.header(spec, text),
    readBody: (media, body, type) => readBody(media, body, type, follow),
    writeBody: (media, value) => writeBody(media, value, follow),
    follow,
  }
}

function operationsOf(
  name: string,
  source: YamlFile,
  documents: Documents,
): Map<string, Operation> {
  const { diagnostics, warnings } = documents
  const operations = new Map<string, Operation>()
  const places = new Map<string, Operation>()
  for (const definition of definitionsOf(source, documents)) {
    const item = documents.placeOf(['paths', definition.path])
    const operation = new OperationReader(name, item, documents).read(definition, operations)
    const { id, method, path } = operation
    const at = [...item.path, definition.method]
    const place = `${method} ${path.replace(/\{[^}]+\}/g, '{}').replace(/\/+$/, '')}`
    const twin = places.get(place)
    if (twin) {
      const message = `${method} ${path} is passed over: ${twin.path} is the same path`
      warnings.push(item.source.diagnosticAt(at, message, 'key'))
      continue
    }
    if (operations.has(id)) {
      const message = `operationId "${id}" is used twice`
      diagnostics.push(item.source.diagnosticAt([...at, 'operationId'], message))
    }
    places.set(place, operation)
    operations.set(id, operation)
  }
  if (operations.size === 0) {
    const list = documents.root.webhooks === undefined ? diagnostics : warnings
    list.push(source.diagnosticAt(['paths'], 'the document has no operation', 'key'))
  }
  return operations
}

/** The router's flat list, from path items whose references are followed. */
function definitionsOf(source: YamlFile, { root, diagnostics, follow }: Documents): Definition[] {
  const paths: DocumentNode = {}
  for (const [path, item] of Object.entries(isObject(root.paths) ? root.paths : {})) {
    if (path.startsWith('/')) paths[path] = follow(item)
    else if (!path.startsWith('x-')) {
      diagnostics.push(source.diagnosticAt(['paths', path], 'a path begins with "/"', 'key'))
    }
  }
  const definition = { ...root, paths } as unknown as ConstructorParameters<
    typeof OpenAPIRouter
  >[0]['definition']
  return new OpenAPIRouter({ definition }).getOperations().map((operation) => {
    const { servers } = paths[operation.path] as DocumentNode
    const own = (operation as unknown as DocumentNode).servers
    // An empty list is as good as none.
    const given = Array.isArray(own) && own.length > 0 ? own : servers
    return { ...operation, servers: given } as Definition
  })
}
