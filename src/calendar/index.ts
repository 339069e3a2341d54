export { renderCoverage } from './render-coverage.js'
export type { CoverageFormat, RenderCoverageOptions } from './render-coverage.js'
