// Runs before each file of tests. Files share the processes of their workers, so that the AWS SDK is loaded and compiled
// once a worker and not once a file. The modules of this package and of its tests start anew in each file.

import { vi } from 'vitest'

vi.resetModules()
