// In: revenue by paywall. Out: a table on the terminal, and whether two results are one.

import { isDeepStrictEqual } from 'node:util'
import type { PaywallRevenue } from './revenue.js'

/** Prints a line for each paywall. Cut to cents here and nowhere else; names come last, as some are wide. */
export function printTable(list: readonly PaywallRevenue[]): void {
  printLine('transactions', 'revenue', 'net', 'paywall')
  for (const { paywall, transactions, revenue, net } of list) {
    // JSON shows line breaks and blanks at the ends of a name.
    const name = paywall === null ? '(none)' : JSON.stringify(paywall)
    printLine(String(transactions), cents(revenue), cents(net), name)
  }
}

/** Whether both have the same paywalls with the same sums, in any order. */
export function isEqual(a: readonly PaywallRevenue[], b: readonly PaywallRevenue[]): boolean {
  const [first, second] = [a, b].map((list) => new Map(list.map((each) => [each.paywall, each])))
  return isDeepStrictEqual(first, second)
}

function cents(decimal: string): string {
  return decimal.slice(0, decimal.indexOf('.') + 3)
}

function printLine(transactions: string, revenue: string, net: string, paywall: string): void {
  console.log(`  ${transactions.padStart(12)} ${revenue.padStart(12)} ${net.padStart(12)}  ${paywall}`)
}
