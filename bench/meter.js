// Loaded into each server that is measured: tells, when asked, what its process has used so far. All threads
// count, as garbage is collected in some of them.
import { PerformanceObserver } from 'node:perf_hooks'

let collecting = 0
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) collecting += duration
}).observe({ entryTypes: ['gc'] })

if (process.send) {
  process.on('message', (message) => {
    if (message !== 'meter') return
    const { user, system } = process.cpuUsage()
    // In ms.
    process.send({ used: (user + system) / 1_000, collecting })
  })
  // The server ends when it wants to.
  process.channel.unref()
}
