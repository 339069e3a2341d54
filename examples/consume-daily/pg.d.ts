// What database.ts takes of pg, which this example alone installs.

declare module 'pg' {
  export class Client {
    constructor(connectionString: string)
    connect(): Promise<void>
    query(sql: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>
    end(): Promise<void>
  }
}
