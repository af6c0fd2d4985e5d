import t from 'tap'
import { published } from './corpus.ts'
import { trial } from './trial.ts'

t.test("Stripe's document is served whole", (t) => trial(t, published('stripe.com.json')))
