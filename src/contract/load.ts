/** Reads an OpenAPI document into a contract. */
import { basename } from 'node:path'
import { LoadError } from '../errors.ts'
import type { YamlFile } from '../yaml-file.ts'
import { readBody, writeBody } from './body.ts'
import { Documents } from './document.ts'
import type { Contract, Operation, OperationDefinition } from './model.ts'
import { OperationReader, readBasePaths } from './operation.ts'
import { listOperations } from './router.ts'
import { Validator } from './validator.ts'
import { type DocumentNode, isObject } from './walk.ts'
import { readWebhooks } from './webhook.ts'

/** An API is named after its document: the file's name without its extension. */
export const contractName = (file: string) => basename(file).replace(/\.(ya?ml|json)$/i, '')

/**
 * Reads one OpenAPI document, with the files it refers to, into a contract.
 *
 * @throws LoadError with everything that is wrong
 */
export function loadContract(source: YamlFile, name = contractName(source.file)): Contract {
  try {
    return readContract(source, name)
  } catch (error) {
    if (error instanceof LoadError) throw error
    // A document of another shape than OpenAPI's: an object instead of a list, for example.
    const message = `not a well-formed OpenAPI document: ${(error as Error).message}`
    throw new LoadError([source.diagnosticAt([], message)])
  }
}

function readContract(source: YamlFile, name: string): Contract {
  const documents = new Documents(source, name)
  const { diagnostics, root, follow } = documents
  const operations = readOperations(name, source, documents)
  const servers = Array.isArray(root.servers) ? root.servers : []
  const basePaths = readBasePaths(servers, (index, url) => {
    diagnostics.push(source.diagnosticAt(['servers', index, 'url'], `"${url}" is not a URL`))
  })
  const validator = new Validator(documents)
  const webhooks = readWebhooks(name, documents, operations, validator)
  if (operations.size === 0 && webhooks.size === 0) {
    const list = root.webhooks === undefined ? diagnostics : documents.warnings
    list.push(source.diagnosticAt(['paths'], 'the document has no operation', 'key'))
  }
  if (diagnostics.length > 0) throw new LoadError(diagnostics)
  const info = isObject(root.info) ? root.info : {}
  return {
    name,
    title: String(info.title ?? name),
    version: String(info.version ?? ''),
    file: source.file,
    files: documents.paths,
    warnings: documents.warnings,
    basePaths,
    operations,
    webhooks,
    document: source.value as DocumentNode,
    checkRequest: (operation, parts) => validator.checkRequest(operation, parts),
    checkBody: (spec, body, media) => validator.checkBody(spec, body, media),
    checkHeader: (spec, value) => validator.checkHeader(spec, value),
    readBody: (media, body, type) => readBody(media, body, type, follow),
    writeBody: (media, value) => writeBody(media, value, follow),
    follow,
  }
}

function readOperations(
  name: string,
  source: YamlFile,
  documents: Documents,
): Map<string, Operation> {
  const { diagnostics, warnings } = documents
  const operations = new Map<string, Operation>()
  const byRoute = new Map<string, Operation>()
  for (const definition of readDefinitions(source, documents)) {
    const item = documents.locate(['paths', definition.path])
    const operation = new OperationReader(name, item, documents).read(definition, operations)
    const { id, method, path } = operation
    const at = [...item.path, definition.method]
    const route = `${method} ${path.replace(/\{[^}]+\}/g, '{}').replace(/\/+$/, '')}`
    const twin = byRoute.get(route)
    if (twin) {
      const message = `${method} ${path} is ignored: it is the same path as ${twin.path}`
      warnings.push(item.source.diagnosticAt(at, message, 'key'))
      continue
    }
    if (operations.has(id)) {
      const message = `operationId "${id}" is used twice`
      diagnostics.push(item.source.diagnosticAt([...at, 'operationId'], message))
    }
    byRoute.set(route, operation)
    operations.set(id, operation)
  }
  return operations
}

/** Lists the operations of all paths, whose path items may be references. */
function readDefinitions(
  source: YamlFile,
  { root, diagnostics, follow }: Documents,
): OperationDefinition[] {
  const paths: DocumentNode = {}
  for (const [path, item] of Object.entries(isObject(root.paths) ? root.paths : {})) {
    if (path.startsWith('/')) paths[path] = follow(item)
    else if (!path.startsWith('x-')) {
      diagnostics.push(source.diagnosticAt(['paths', path], 'a path must begin with "/"', 'key'))
    }
  }
  return listOperations({ ...root, paths }).map((operation) => {
    const { servers: ofPath } = paths[operation.path] as DocumentNode
    const { servers } = operation
    // An empty list means the same as none.
    const hasServers = Array.isArray(servers) && servers.length > 0
    return { ...operation, servers: hasServers ? servers : ofPath }
  })
}
