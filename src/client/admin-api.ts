// Generated from the admin API's document by `npm run generate`.
export interface paths {
    "/__admin/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All sessions, the most recently used first */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        /** Reset all: every session with its state, clock and journal goes */
        delete: operations["deleteSessions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/__admin/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A session: scenario, clock, what its subjects did */
        get: operations["getSession"];
        put?: never;
        post?: never;
        /** Reset one: its state, clock and journal go */
        delete: operations["deleteSession"];
        options?: never;
        head?: never;
        /** Set the scenario of a session, which is made if it is not there */
        patch: operations["updateSession"];
        trace?: never;
    };
    "/__admin/sessions/{id}/clock": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Advance, set, freeze or resume the clock of a session, which is made if need be */
        post: operations["moveClock"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/__admin/sessions/{id}/snapshot": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A session's whole state, to begin other sessions with; it holds credentials */
        get: operations["takeSnapshot"];
        /** Put a session in the state of a snapshot, in place of what it has */
        put: operations["restoreSnapshot"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/__admin/sessions/{id}/requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The journal of a session: requests, answers, and why; or how many there are */
        get: operations["listRequests"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/__admin/sessions/{id}/requests/{request}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One entry of the journal */
        get: operations["getRequest"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/__admin/sessions/{id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Text messages and push notifications that would have been sent, with their codes */
        get: operations["listMessages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/__admin/sessions/{id}/challenges/{challenge}/{action}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What the user does on the phone: accept, decline, or let it expire */
        post: operations["answerChallenge"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/__admin/bindings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All bindings, in the order in which they are tried */
        get: operations["listBindings"];
        put?: never;
        post?: never;
        /** Take all bindings away */
        delete: operations["deleteBindings"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/__admin/bindings/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One binding */
        get: operations["getBinding"];
        /** Let requests that carry something belong to a session, or play a scenario */
        put: operations["putBinding"];
        post?: never;
        /** Take a binding away */
        delete: operations["deleteBinding"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/__admin/coverage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What of the contracts and of the scenarios was exercised, how often, by whom */
        get: operations["getCoverage"];
        put?: never;
        post?: never;
        /** Begin to count anew */
        delete: operations["resetCoverage"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/__admin/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The journal as it happens: server-sent events, resumed by Last-Event-ID */
        get: operations["streamEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/__admin/scenarios": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What can be played */
        get: operations["listScenarios"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/__admin/scenarios/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One scenario: summary, operations, source */
        get: operations["getScenario"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/__admin/specs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The contracts that are served */
        get: operations["listSpecs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/__admin/specs/{api}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A contract as it is served: the OpenAPI document */
        get: operations["getSpec"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/__admin/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Metrics for Prometheus */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/__admin/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Liveness: the process answers; needs no token */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/__admin/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Readiness: documents and scenarios are loaded, the store is there; needs no token */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description An error of the sandbox itself (RFC 9457). */
        Problem: {
            type: string;
            title: string;
            status: number;
            /** @description What was wrong, with the value, and what to do. */
            detail: string;
            /** @description Stable; docs/errors.md lists all. */
            code: string;
            /** @description Valid values close to the one refused. */
            nearest?: string[];
            /** @description Each fault of the request. */
            faults?: {
                [key: string]: unknown;
            }[];
        } & {
            [key: string]: unknown;
        };
        /** @description How late it is in a session. */
        Clock: {
            /**
             * Format: date-time
             * @description The session's time.
             */
            now: string;
            /** @description Whether it stands still. */
            frozen: boolean;
        };
        /** @description A session. */
        SessionSummary: {
            id: string;
            /** @description Played for requests that name none; null for the server's. */
            scenario: string | null;
            clock: components["schemas"]["Clock"];
            /**
             * Format: date-time
             * @description Real time of its last use.
             */
            usedAt: string;
            /** @description How many are in the journal. */
            requests: number;
            /** @description How many have a state. */
            subjects: number;
        };
        /** @description A session with what its subjects did. */
        Session: {
            id: string;
            /** @description Played for requests that name none; null for the server's. */
            scenario: string | null;
            clock: components["schemas"]["Clock"];
            /**
             * Format: date-time
             * @description Real time of its last use.
             */
            usedAt: string;
            /** @description How many are in the journal. */
            requests: number;
            subjects: components["schemas"]["Subject"][];
            /** @description How many are in the journal. */
            messages: number;
        };
        /** @description Someone, or something, whose state a session remembers. */
        Subject: {
            api: string;
            /** @description Whose state it is; hidden where it is a credential. */
            subject: string;
            /** @description What the scenario files remember of it. */
            state: {
                [key: string]: unknown;
            };
            /** @description How often each operation was called, by scenario. */
            calls: {
                [key: string]: {
                    [key: string]: number;
                };
            };
        };
        /** @description An entry of a scenario that was looked at. */
        Tried: {
            /** @description Its place, as file:line. */
            at: string;
            /** @description Its guard; null where it has none. */
            when: string | null;
            /** @description Whether it was played. */
            value: boolean;
            /** @description What else decided: the number of the call, times used up. */
            note?: string;
        };
        /** @description An operation that a request without one nearly meant. */
        NearMiss: {
            api: string;
            operationId: string;
            method: string;
            path: string;
            reason: string;
        };
        /** @description A text message or push notification that would have been sent. */
        Message: {
            channel: string;
            code?: string;
            challenge?: string;
        } & {
            [key: string]: string | number | boolean | null;
        };
        /** @description A message with the request that made it. */
        SentMessage: {
            /** @description The entry in the journal. */
            id: number;
            /**
             * Format: date-time
             * @description The session's clock.
             */
            at: string;
            api: string;
            operationId: string;
            channel: string;
            code?: string;
            challenge?: string;
        } & {
            [key: string]: string | number | boolean | null;
        };
        /** @description A request, its answer, and why. */
        JournalEntry: {
            /** @description Counts up over all sessions. */
            id: number;
            session: string;
            /**
             * Format: date-time
             * @description The session's clock.
             */
            at: string;
            /**
             * Format: date-time
             * @description Real time.
             */
            receivedAt: string;
            /** @description In ms, without scripted delays. */
            duration: number;
            /** @description What came in. */
            request: {
                method: string;
                url: string;
                headers: {
                    [key: string]: unknown;
                };
                body?: unknown;
            };
            /** @description What went out. */
            response: {
                /** @description 0 where the connection was broken. */
                status: number;
                headers: {
                    [key: string]: unknown;
                };
                body?: unknown;
                /** @description How the connection was broken. */
                fault?: string;
            };
            /**
             * @description How far it came.
             * @enum {unknown}
             */
            step: "arrived" | "received" | "matched" | "authenticated" | "valid";
            /** @description No operation has its path and method. */
            unmatched: boolean;
            api?: string;
            operationId?: string;
            scenario: string;
            /** @description What answered, as X-Sandbox-Rule says it. */
            rule: string;
            /** @description The entries that were looked at, in order; the last one with value true answered. */
            why: components["schemas"]["Tried"][];
            /** @description In words, why it was refused. */
            reasons: string[];
            /** @description Without their codes. */
            messages: components["schemas"]["Message"][];
            nearMisses: components["schemas"]["NearMiss"][];
        };
        /** @description How much was exercised; rounded down. */
        Figure: {
            covered: number;
            total: number;
            percent: number;
        };
        /** @description A named error of a status. */
        CodeCoverage: {
            code: string;
            /** @description How often. */
            count: number;
            /** @description By which sessions and how often; the first twenty are named. */
            sessions: {
                [key: string]: number;
            };
        };
        /** @description A status of an operation. */
        StatusCoverage: {
            status: string;
            /** @description How often. */
            count: number;
            /** @description By which sessions and how often; the first twenty are named. */
            sessions: {
                [key: string]: number;
            };
            codes: components["schemas"]["CodeCoverage"][];
        };
        /** @description An operation. */
        OperationCoverage: {
            operationId: string;
            method: string;
            path: string;
            /** @description How often. */
            count: number;
            /** @description By which sessions and how often; the first twenty are named. */
            sessions: {
                [key: string]: number;
            };
            statuses: components["schemas"]["StatusCoverage"][];
        };
        /** @description An entry of a scenario file. */
        EntryCoverage: {
            at: string;
            scenario: string;
            when: string | null;
            /** @description How often. */
            count: number;
            /** @description By which sessions and how often; the first twenty are named. */
            sessions: {
                [key: string]: number;
            };
        };
        /** @description What of one API was exercised. */
        ApiCoverage: {
            api: string;
            contract: components["schemas"]["Figure"];
            scenarios: components["schemas"]["Figure"];
            operations: components["schemas"]["OperationCoverage"][];
            entries: components["schemas"]["EntryCoverage"][];
        };
        /** @description What was exercised: contract and scenarios apart. */
        Coverage: {
            contract: components["schemas"]["Figure"];
            scenarios: components["schemas"]["Figure"];
            operations: components["schemas"]["Figure"];
            apis: components["schemas"]["ApiCoverage"][];
        };
        /** @description Exactly one of them: what a request must carry. */
        Match: {
            /** @description A bearer token; hidden. */
            token?: string;
            /** @description An api-key; hidden. */
            apiKey?: string;
            path?: {
                [key: string]: string;
            };
            body?: {
                [key: string]: string | number | boolean;
            };
        };
        /** @description Requests that carry something belong to a session, or play a scenario. */
        Binding: {
            name: string;
            match: components["schemas"]["Match"];
            session?: string;
            scenario?: string;
        };
        /** @description A contract that is served. */
        Spec: {
            api: string;
            title: string;
            version: string;
            file: string;
            basePaths: string[];
            operations: string[];
        };
        /** @description An entry of a scenario file. */
        PlayedEntry: {
            at: string;
            when: string | null;
        };
        /** @description What a scenario says of an operation itself. */
        PlayedOperation: {
            operationId: string;
            entries: components["schemas"]["PlayedEntry"][];
        };
        /** @description A scenario, as one API plays it. */
        ScenarioOfApi: {
            api: string;
            summary: string;
            extends: string | null;
            /** @description Its file. */
            source: string;
            operations: components["schemas"]["PlayedOperation"][];
            /** @description What a user can do outside the API. */
            actions: string[];
        };
        /** @description What can be played. */
        Scenario: {
            name: string;
            apis: components["schemas"]["ScenarioOfApi"][];
        };
        /** @description A session's whole state; its form is the sandbox's own. */
        Snapshot: {
            /** @enum {unknown} */
            format: 1;
            /** @description The version of each contract. */
            apis: {
                [key: string]: string;
            };
            /** @description Its clock and scenario. */
            session: {
                /** Format: date-time */
                now: string;
                frozen: boolean;
                scenario: string | null;
            };
            subjects: {
                api: string;
                subject: string;
                record: components["schemas"]["SubjectRecord"];
            }[];
            owners: {
                api: string;
                id: string;
                subject: string;
            }[];
            kept: {
                reference: string;
                until: number;
                value: components["schemas"]["KeptAnswer"];
            }[];
        };
        /** @description What is remembered of a subject. */
        SubjectRecord: {
            state: {
                [key: string]: unknown;
            };
            calls: {
                [key: string]: {
                    [key: string]: number;
                };
            };
            used: {
                [key: string]: number;
            };
            given: string[];
        };
        /** @description An answer. */
        KeptAnswer: {
            status: number;
            headers: {
                [key: string]: string;
            };
            body?: string;
            rule: string;
            scenario: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listSessions: {
        parameters: {
            query?: {
                /** @description Most that are listed. */
                limit?: number;
                /** @description How many to pass over. */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        sessions: components["schemas"]["SessionSummary"][];
                        total: number;
                    };
                };
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The session. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description A problem: unknown-session. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem: unknown-session. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Played for requests that name none; null for the server's. */
                    scenario?: string | null;
                };
            };
        };
        responses: {
            /** @description The session. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description A problem: unknown-scenario, bad-session-id. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    moveClock: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description 15s, 5m, 1h30m, 250ms, 2d, or ISO 8601: PT15S. */
                    advance?: string;
                    /** @description RFC 3339, not before what the clock says: 2026-01-01T00:00:00Z. */
                    now?: string;
                    /** @description true: it stands still until moved; false: it runs on from where it is. */
                    frozen?: boolean;
                };
            };
        };
        responses: {
            /** @description The clock as it now is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Clock"];
                };
            };
            /** @description A problem: clock-backwards, bad-session-id. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    takeSnapshot: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The snapshot. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Snapshot"];
                };
            };
            /** @description A problem: unknown-session. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    restoreSnapshot: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Snapshot"];
            };
        };
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem: bad-snapshot, unknown-scenario, bad-session-id. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listRequests: {
        parameters: {
            query?: {
                /** @description Requests of this operation. */
                operationId?: string;
                /** @description With this status, or of this class: 409, 4XX; 0 where the connection was broken. */
                status?: string;
                /** @description With this method. */
                method?: string;
                /** @description With this path, without base-URL prefix and query. */
                path?: string;
                /** @description For which this scenario was played. */
                scenario?: string;
                /** @description Answered by this file:line, or contract, replay, … */
                rule?: string;
                /** @description Whether no operation has its path and method. */
                unmatched?: boolean;
                /** @description With a greater id. */
                after?: number;
                /** @description Most that are listed. */
                limit?: number;
                /** @description How many to pass over. */
                offset?: number;
                /** @description asc: oldest first. */
                order?: "asc" | "desc";
                /** @description Only how many. */
                count?: boolean;
            };
            header?: never;
            path: {
                /** @description The session. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of entries and how many there are in all, or that number alone. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description All that fit the filters. */
                        count: number;
                        requests?: components["schemas"]["JournalEntry"][];
                    };
                };
            };
            /** @description A problem: unknown-session, journal-off. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRequest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                id: string;
                /** @description The entry. */
                request: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The entry. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JournalEntry"];
                };
            };
            /** @description A problem: unknown-session, unknown-request, journal-off. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listMessages: {
        parameters: {
            query?: {
                /** @description Of this channel only. */
                channel?: string;
                /** @description Of this challenge only. */
                challenge?: string;
            };
            header?: never;
            path: {
                /** @description The session. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The messages, oldest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        messages: components["schemas"]["SentMessage"][];
                    };
                };
            };
            /** @description A problem: unknown-session, journal-off. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    answerChallenge: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                id: string;
                /** @description The id that the challenge was given. */
                challenge: string;
                /** @description What the user does. */
                action: "accept" | "decline" | "expire";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem: unknown-session, unknown-challenge, challenge-not-pending. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listBindings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        bindings: components["schemas"]["Binding"][];
                    };
                };
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteBindings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getBinding: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its name. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The binding. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Binding"];
                };
            };
            /** @description A problem: unknown-binding. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putBinding: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its name. */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Exactly one of them: what a request must carry. */
                    match: {
                        /** @description This bearer token. */
                        token?: string;
                        /** @description This api-key. */
                        apiKey?: string;
                        /** @description A path parameter and its value. */
                        path?: {
                            [key: string]: string;
                        };
                        /** @description A field of the JSON body, as a dotted path, and its value. */
                        body?: {
                            [key: string]: string | number | boolean;
                        };
                    };
                    /** @description Such requests belong to this session. */
                    session?: string;
                    /** @description Such requests play this scenario. */
                    scenario?: string;
                } | unknown | unknown;
            };
        };
        responses: {
            /** @description The binding. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Binding"];
                };
            };
            /** @description A problem: unknown-scenario, bad-session-id, too-many-bindings. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteBinding: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its name. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem: unknown-binding. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCoverage: {
        parameters: {
            query?: {
                /** @description By this session, as far as its journal goes. */
                session?: string;
                format?: "json" | "text";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The coverage. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Coverage"];
                };
            };
            /** @description A problem: unknown-session, journal-off. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resetCoverage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    streamEvents: {
        parameters: {
            query?: {
                /** @description Of this session only. */
                session?: string;
                /** @description Begin after this entry, as Last-Event-ID does; 0 is from the start. */
                after?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events `request`, whose data are journal entries; `dropped` before a slow listener is cut. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description A problem: too-many-listeners, journal-off. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listScenarios: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All scenarios by name. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        scenarios: components["schemas"]["Scenario"][];
                    };
                };
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getScenario: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its name. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The scenario. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Scenario"];
                };
            };
            /** @description A problem: scenario-not-found. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSpecs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        specs: components["schemas"]["Spec"][];
                    };
                };
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSpec: {
        parameters: {
            query?: {
                format?: "json" | "yaml";
            };
            header?: never;
            path: {
                /** @description Its name. */
                api: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The document. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description A problem: unknown-spec. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description In the text format. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {unknown} */
                        status: "ok";
                    };
                };
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description They are. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {unknown} */
                        status: "ready";
                        apis: string[];
                        scenarios: number;
                        /** @description Why the newest files are not used, with --watch. */
                        faults: string[];
                    };
                };
            };
            /** @description A problem: store-unavailable. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
