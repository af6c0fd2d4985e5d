/** A sandbox of one document that is written for a test. */
import type { Test } from 'tap'
import { makeApp } from '../app.ts'
import { documentOf } from '../files.ts'

type Node = Readonly<Record<string, unknown>>

/** An app of one operation, `GET /it`, with these responses. */
export const answering = (t: Test, responses: Node, more: Node = {}, root: Node = {}) =>
  serving(t, { '/it': { get: { operationId: 'read', responses, ...more } } }, root)

export function serving(t: Test, paths: Node, root: Node = {}, name = 'doc') {
  const folder = t.testdir({ [`${name}.json`]: documentOf(paths, root) })
  return makeApp(t, { specs: [`${folder}/${name}.json`] })
}

/** A response of one media type. */
export const json = (media: object, more: object = {}) => ({
  description: '',
  content: { 'application/json': media },
  ...more,
})
