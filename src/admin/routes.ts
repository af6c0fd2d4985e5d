/** The admin API as a flat table. */
import { bindingRoutes } from './bindings.ts'
import { challengeRoutes } from './challenges.ts'
import { clockRoutes } from './clock.ts'
import { coverageRoutes } from './coverage.ts'
import { eventRoutes } from './events.ts'
import { healthRoutes } from './health.ts'
import { messageRoutes } from './messages.ts'
import { metricRoutes } from './metrics.ts'
import { requestRoutes } from './requests.ts'
import type { Route } from './route.ts'
import { scenarioRoutes } from './scenarios.ts'
import { sessionRoutes } from './sessions.ts'
import { snapshotRoutes } from './snapshot.ts'
import { specRoutes } from './specs.ts'

export const ROUTES: readonly Route[] = [
  ...sessionRoutes,
  ...clockRoutes,
  ...snapshotRoutes,
  ...requestRoutes,
  ...messageRoutes,
  ...challengeRoutes,
  ...bindingRoutes,
  ...coverageRoutes,
  ...eventRoutes,
  ...scenarioRoutes,
  ...specRoutes,
  ...metricRoutes,
  ...healthRoutes,
]
