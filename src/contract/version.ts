import { LoadError } from '../errors.ts'
import type { Path, Source } from '../yaml-file.ts'
import { isObject } from './walk.ts'

/** @throws LoadError where a document is of no version that is known */
export function versionOf(source: Source): string {
  const { value } = source
  const stop = (path: Path, message: string): never => {
    throw new LoadError([source.fault(path, message)])
  }
  if (!isObject(value)) return stop([], 'not an OpenAPI document: an object is needed')
  if ('swagger' in value) {
    return stop(['swagger'], 'OpenAPI 2.0 is not supported; convert the document to 3.0 or 3.1')
  }
  const version = value.openapi
  if (version === undefined) return stop([], 'not an OpenAPI document: it has no "openapi" key')
  if (!/^3\.[01](\.|$)/.test(String(version))) {
    return stop(['openapi'], `OpenAPI ${version} is not supported; 3.0 and 3.1 are`)
  }
  // From 3.1 on a document may be about webhooks alone.
  const needed = value.webhooks === undefined || value.paths !== undefined
  if (needed && !isObject(value.paths)) {
    return stop(['paths'], '"paths" must be an object')
  }
  return String(version)
}
