// Collects failures so that one run shows all of them.
export class Report {
  failures = []
  passed = 0

  check(ok, where, what) {
    if (ok) this.passed++
    else this.fail(where, what)
  }

  fail(where, what) {
    this.failures.push(`${where}: ${what}`)
    console.error(`FAIL ${where}: ${what}`)
  }

  end() {
    console.log(`${this.passed} checks passed, ${this.failures.length} failed`)
    return this.failures.length === 0 ? 0 : 1
  }
}
