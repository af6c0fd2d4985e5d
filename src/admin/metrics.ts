import type { Metric, Registry } from 'prom-client'
import { Problem } from '../errors.ts'
import type { Durations } from '../journal/counters.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { noInput } from './parameters.ts'
import { type Route, route } from './route.ts'

interface Sample {
  readonly value: number
  readonly labels?: Readonly<Record<string, string | number>>
  readonly metricName?: string
}

/** A metric whose values are read at each scrape, so that nothing is counted twice. */
interface MetricSource {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  values(): Iterable<Sample> | Promise<Iterable<Sample>>
}

const listMetrics = (sandbox: Sandbox): readonly MetricSource[] => [
  {
    name: 'sandbox_requests_total',
    help: 'Requests to the mocked APIs.',
    type: 'counter',
    values: () => countRequests(sandbox),
  },
  {
    name: 'sandbox_request_duration_seconds',
    help: 'Time from reading a request to having its response, without scripted delays.',
    type: 'histogram',
    values: () =>
      [...sandbox.tally.durations()].flatMap(([operation, durations]) =>
        histogramSamples('sandbox_request_duration_seconds', durations, {
          api: operation?.api ?? '',
          operation: operation?.id ?? '',
        }),
      ),
  },
  {
    name: 'sandbox_store_duration_seconds',
    help: 'Duration of store calls, by method.',
    type: 'histogram',
    values: () =>
      [...sandbox.storeTimes].flatMap(([method, durations]) =>
        histogramSamples('sandbox_store_duration_seconds', durations, { method }),
      ),
  },
  {
    name: 'sandbox_sessions',
    help: 'Sessions in the store.',
    type: 'gauge',
    values: () => countSessions(sandbox),
  },
  {
    name: 'sandbox_journal_entries',
    help: 'Entries in the journal.',
    type: 'gauge',
    values: () => [{ value: sandbox.journal.size }],
  },
  {
    name: 'sandbox_bindings',
    help: 'Bindings.',
    type: 'gauge',
    values: () => [{ value: sandbox.bindings.size }],
  },
  {
    name: 'sandbox_evictions_total',
    help: 'Items evicted because a limit was reached.',
    type: 'counter',
    values: () => countEvictions(sandbox),
  },
]

function* countRequests({ tally }: Sandbox): Generator<Sample> {
  const sums = new Map<string, { value: number; labels: Record<string, string | number> }>()
  for (const { operation, scenario, status, count } of tally.answers()) {
    const labels = { api: operation?.api ?? '', operation: operation?.id ?? '', status, scenario }
    const key = Object.values(labels).join(' ')
    const sum = sums.get(key) ?? { value: 0, labels }
    sum.value += count.total
    sums.set(key, sum)
  }
  yield* sums.values()
}

/** Returns no sample while the store is unavailable: that is when the other metrics matter most. */
async function countSessions({ store }: Sandbox): Promise<Sample[]> {
  try {
    return [{ value: await store.count() }]
  } catch (error) {
    if (error instanceof Problem) return []
    throw error
  }
}

function* countEvictions({ evictions, journal }: Sandbox): Generator<Sample> {
  for (const [kind, value] of Object.entries(evictions.counts)) yield { value, labels: { kind } }
  yield { value: journal.dropped, labels: { kind: 'journal entry' } }
}

const MS = 1_000

function histogramSamples(
  name: string,
  durations: Durations,
  labels: Record<string, string>,
): Sample[] {
  const { bounds, buckets, sum, count } = durations
  let below = 0
  const values = buckets.map((own, index): Sample => {
    below += own
    const le = index < bounds.length ? (bounds[index] as number) / MS : '+Inf'
    return { metricName: `${name}_bucket`, value: below, labels: { le, ...labels } }
  })
  return [
    ...values,
    { metricName: `${name}_sum`, value: sum / MS, labels },
    { metricName: `${name}_count`, value: count, labels },
  ]
}

const registries = new WeakMap<Sandbox, Promise<Registry>>()

function getRegistry(sandbox: Sandbox): Promise<Registry> {
  const known = registries.get(sandbox)
  if (known) return known
  const registry = makeRegistry(sandbox)
  registries.set(sandbox, registry)
  return registry
}

/** Loads the library at the first scrape: most sandboxes are never scraped. */
async function makeRegistry(sandbox: Sandbox): Promise<Registry> {
  const { default: prometheus } = await import('prom-client')
  const registry = new prometheus.Registry()
  prometheus.collectDefaultMetrics({ register: registry })
  for (const { name, help, type, values } of listMetrics(sandbox)) {
    const get = async () => ({ name, help, type, values: [...(await values())] })
    // The library's types allow only its four classes, which count by themselves.
    registry.registerMetric({ name, get } as unknown as Metric)
  }
  return registry
}

export const metricRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/metrics',
    operationId: 'getMetrics',
    tag: 'Operations',
    summary: 'Show metrics for Prometheus',
    input: noInput,
    responses: {
      200: {
        description: 'Metrics in the text format of Prometheus.',
        type: 'text/plain',
        schema: { type: 'string' },
      },
    },
    handler: async ({ sandbox, reply }) => {
      const registry = await getRegistry(sandbox)
      return reply.type(registry.contentType).send(await registry.metrics())
    },
  }),
]
