import type { FastifyRequest } from 'fastify'
import { Problem } from '../errors.ts'
import { ADMIN } from '../exchange/http.ts'
import { nearest } from '../suggest.ts'
import type { Route } from './route.ts'

type Place = Pick<Route, 'method' | 'url'>

const pathOf = (route: Place) => ADMIN + route.url.replace(/:(\w+)/g, '{$1}')

const patternOf = (route: Place) =>
  new RegExp(`^${ADMIN}${route.url.replaceAll('.', '\\.').replace(/:\w+/g, '[^/]+')}/?$`)

interface Missed {
  readonly problem: Problem
  /** Methods that the path does take. */
  readonly allow: readonly string[]
}

/** What a request to the admin API may have meant that has no route. */
export function nearestRoutes({ method, url }: FastifyRequest, routes: readonly Place[]): Missed {
  const path = url.split('?')[0] ?? url
  const allow = routes.filter((route) => patternOf(route).test(path)).map((route) => route.method)
  if (allow.length > 0) {
    const detail = `${path} does not take ${method}, but ${allow.join(', ')}`
    return { problem: new Problem('no-admin-method', detail, { allow }), allow }
  }
  const paths = [...new Set(routes.map(pathOf))]
  const near = nearest(path, paths)
  const hint = near.length > 0 ? `; nearest: ${near.join(', ')}` : ''
  const detail = `the admin API has nothing at ${path}${hint}; ${ADMIN}/docs shows all there is`
  return { problem: new Problem('unknown-resource', detail, { nearest: near }), allow }
}
