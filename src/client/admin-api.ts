// Generated from the admin API's document by `npm run generate`.
export interface paths {
    "/__admin/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List all sessions, the most recently used first */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        /** Reset all sessions: delete their state, clock and journal */
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
        /** Show a session: scenario, clock, state and calls of its subjects */
        get: operations["getSession"];
        put?: never;
        post?: never;
        /** Reset a session: delete its state, clock and journal */
        delete: operations["deleteSession"];
        options?: never;
        head?: never;
        /** Set the scenario of a session, and where its webhooks go; creates the session if needed */
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
        /** Advance, set, freeze or resume the clock of a session; creates the session if needed */
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
        /** Take a snapshot: the whole state of a session, to start other sessions with; contains credentials */
        get: operations["takeSnapshot"];
        /** Restore a snapshot: replace the whole state of a session */
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
        /** List the journal of a session: requests, responses, and why; or only count them */
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
        /** Show an entry of the journal */
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
        /** List text messages and push notifications that would have been sent, with their codes */
        get: operations["listMessages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/__admin/sessions/{id}/actions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List what can happen outside the API, such as on the phone, and on what */
        get: operations["listActions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/__admin/sessions/{id}/actions/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Do what happens outside the API, such as on the phone */
        post: operations["doAction"];
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
        /** Do what the user does on the phone: accept, decline, or let the challenge expire */
        post: operations["answerChallenge"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/__admin/sessions/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List webhooks that were sent or recorded, with each attempt */
        get: operations["listDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/__admin/sessions/{id}/deliveries/next": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Wait for the next webhook: until its first attempt has ended */
        get: operations["nextDelivery"];
        put?: never;
        post?: never;
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
        /** List all bindings, in the order in which they are checked */
        get: operations["listBindings"];
        put?: never;
        post?: never;
        /** Delete all bindings */
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
        /** Show a binding */
        get: operations["getBinding"];
        /** Assign requests with certain values to a session, a scenario, or both */
        put: operations["putBinding"];
        post?: never;
        /** Delete a binding */
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
        /** Show which parts of the contracts and scenarios were exercised, how often, by which sessions */
        get: operations["getCoverage"];
        put?: never;
        post?: never;
        /** Reset the counts */
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
        /** Stream the journal as it happens: server-sent events, resumed with Last-Event-ID */
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
        /** List the scenarios that can be played */
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
        /** Show a scenario: summary, operations, source */
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
        /** List the contracts that are served */
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
        /** Show a contract as it is served: the OpenAPI document */
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
        /** Show metrics for Prometheus */
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
        /** Check liveness: the process is alive; needs no token */
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
        /** Check readiness: documents and scenarios are loaded, the store is available; needs no token */
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
            /** @description What is wrong, with the value, and what to do. */
            detail: string;
            /** @description Stable; docs/errors.md lists all codes. */
            code: string;
            /** @description The valid values closest to the one refused. */
            nearest?: string[];
            /** @description One item for each violation of the request. */
            faults?: {
                [key: string]: unknown;
            }[];
        } & {
            [key: string]: unknown;
        };
        /** @description The clock of a session. */
        Clock: {
            /**
             * Format: date-time
             * @description The session's time.
             */
            now: string;
            /** @description Whether the clock is stopped. */
            frozen: boolean;
        };
        /** @description A session. */
        SessionSummary: {
            id: string;
            /** @description The scenario of requests that name none; null for the server's. */
            scenario: string | null;
            clock: components["schemas"]["Clock"];
            /**
             * Format: date-time
             * @description Real time of the last use.
             */
            usedAt: string;
            /** @description The number of entries in the journal. */
            requests: number;
            /** @description Where its webhooks go, if not where the operator says. */
            webhookUrl?: string;
            /** @description The number of subjects with a state. */
            subjects: number;
        };
        /** @description A session with the state and calls of its subjects. */
        Session: {
            id: string;
            /** @description The scenario of requests that name none; null for the server's. */
            scenario: string | null;
            clock: components["schemas"]["Clock"];
            /**
             * Format: date-time
             * @description Real time of the last use.
             */
            usedAt: string;
            /** @description The number of entries in the journal. */
            requests: number;
            /** @description Where its webhooks go, if not where the operator says. */
            webhookUrl?: string;
            subjects: components["schemas"]["Subject"][];
            /** @description The number of messages in the journal. */
            messages: number;
            /** @description What will happen on its clock as things stand, the first one first. */
            timers: components["schemas"]["Timer"][];
        };
        /** @description Something that can happen outside the API. */
        Action: {
            api: string;
            name: string;
            summary: string;
            /** @description The JSON Schema of what it needs to know. */
            input: {
                [key: string]: unknown;
            };
            /** @description Inputs with which it can be done now. */
            targets: {
                [key: string]: unknown;
            }[];
        };
        /** @description What an action did. */
        ActionDone: {
            api: string;
            name: string;
            messages: {
                [key: string]: unknown;
            }[];
            why: components["schemas"]["Evaluation"][];
        };
        /** @description A webhook that was sent or recorded. */
        Delivery: {
            id: number;
            api: string;
            webhook: string;
            method: string;
            /** @description Null if it goes nowhere. */
            url: string | null;
            headers: {
                [key: string]: string;
            };
            body: string;
            /**
             * Format: date-time
             * @description When it is due, on the session's clock.
             */
            at: string;
            /** @enum {unknown} */
            state: "recorded" | "waiting" | "delivered" | "failed" | "refused";
            /** @description Why it is in this state. */
            reason?: string;
            attempts: {
                /**
                 * Format: date-time
                 * @description When it was due, on the session's clock.
                 */
                at: string;
                status?: number;
                error?: string;
                /** @description In real ms. */
                duration: number;
            }[];
        };
        /** @description Something that a rule planned. */
        Timer: {
            api: string;
            /** @description What will happen. */
            summary: string;
            /**
             * Format: date-time
             * @description When, on the session's clock.
             */
            due: string;
            /** @description How long until then, in ms. */
            in: number;
            /** @description The `file:line` of the rule that plans it. */
            rule: string;
        };
        /** @description A user, challenge or other thing whose state a session remembers. */
        Subject: {
            api: string;
            /** @description Whose state it is; hidden if it is a credential. */
            subject: string;
            /** @description The state of the subject, as the scenario files define it. */
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
        /** @description A rule of a scenario that was checked. */
        Evaluation: {
            /** @description The place of the rule, as file:line. */
            at: string;
            /** @description The condition; null if the rule has none. */
            when: string | null;
            /** @description Whether the rule was applied. */
            value: boolean;
            /** @description What else decided: the number of the call, or times that are used up. */
            note?: string;
        };
        /** @description An operation that is close to a request which matches none. */
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
        /** @description A message with the request that sent it. */
        SentMessage: {
            /** @description The id of the journal entry. */
            id: number;
            /**
             * Format: date-time
             * @description The session's time.
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
        /** @description A request, its response, and why. */
        JournalEntry: {
            /** @description Counts up across all sessions. */
            id: number;
            session: string;
            /**
             * Format: date-time
             * @description The session's time.
             */
            at: string;
            /**
             * Format: date-time
             * @description Real time.
             */
            receivedAt: string;
            /** @description In ms, without scripted delays. */
            duration: number;
            /** @description The request as it was received. */
            request: {
                method: string;
                url: string;
                headers: {
                    [key: string]: unknown;
                };
                body?: unknown;
            };
            /** @description The response as it was sent. */
            response: {
                /** @description 0 if the connection was broken. */
                status: number;
                headers: {
                    [key: string]: unknown;
                };
                body?: unknown;
                /** @description How the connection was broken. */
                fault?: string;
            };
            /**
             * @description How far the request got.
             * @enum {unknown}
             */
            step: "arrived" | "received" | "matched" | "authenticated" | "valid";
            /** @description Whether no operation has its path and method. */
            unmatched: boolean;
            api?: string;
            operationId?: string;
            scenario: string;
            /** @description What made the response, as in X-Sandbox-Rule. */
            rule: string;
            /** @description The rules that were checked, in order; the last one with value true made the response. */
            why: components["schemas"]["Evaluation"][];
            /** @description Why the request was refused. */
            reasons: string[];
            /** @description Preferences and X-Sandbox-* headers of the request that the sandbox does not know. */
            ignored: string[];
            /** @description The messages that were sent, without their codes. */
            messages: components["schemas"]["Message"][];
            nearMisses: components["schemas"]["NearMiss"][];
        };
        /** @description How much was exercised; the percentage is rounded down. */
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
            /** @description How often by each session; only the first twenty sessions are listed. */
            sessions: {
                [key: string]: number;
            };
        };
        /** @description A status of an operation. */
        StatusCoverage: {
            status: string;
            /** @description How often. */
            count: number;
            /** @description How often by each session; only the first twenty sessions are listed. */
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
            /** @description How often by each session; only the first twenty sessions are listed. */
            sessions: {
                [key: string]: number;
            };
            statuses: components["schemas"]["StatusCoverage"][];
        };
        /** @description A rule of a scenario file. */
        RuleCoverage: {
            at: string;
            scenario: string;
            when: string | null;
            /** @description How often. */
            count: number;
            /** @description How often by each session; only the first twenty sessions are listed. */
            sessions: {
                [key: string]: number;
            };
        };
        /** @description What was exercised of one API. */
        ApiCoverage: {
            api: string;
            contract: components["schemas"]["Figure"];
            scenarios: components["schemas"]["Figure"];
            operations: components["schemas"]["OperationCoverage"][];
            entries: components["schemas"]["RuleCoverage"][];
        };
        /** @description What was exercised of the contracts and, separately, of the scenarios. */
        Coverage: {
            contract: components["schemas"]["Figure"];
            scenarios: components["schemas"]["Figure"];
            operations: components["schemas"]["Figure"];
            apis: components["schemas"]["ApiCoverage"][];
        };
        /** @description What a request must have: all of it. */
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
        /** @description Assigns requests with a certain value to a session, a scenario, or both. */
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
        /** @description A rule of a scenario file. */
        ScenarioRule: {
            at: string;
            when: string | null;
        };
        /** @description The rules that a scenario itself has for an operation. */
        ScenarioOperation: {
            operationId: string;
            entries: components["schemas"]["ScenarioRule"][];
        };
        /** @description A scenario as one API plays it. */
        ScenarioOfApi: {
            api: string;
            summary: string;
            extends: string | null;
            /** @description The file of the scenario. */
            source: string;
            operations: components["schemas"]["ScenarioOperation"][];
            /** @description What a user can do outside the API. */
            actions: string[];
        };
        /** @description A scenario that can be played. */
        Scenario: {
            name: string;
            apis: components["schemas"]["ScenarioOfApi"][];
        };
        /** @description The whole state of a session; treat its content as opaque. */
        Snapshot: {
            /** @enum {unknown} */
            format: 1;
            /** @description The version of each contract. */
            apis: {
                [key: string]: string;
            };
            /** @description The clock and scenario of the session. */
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
                value: components["schemas"]["StoredResponse"];
            }[];
        };
        /** @description What is remembered about a subject. */
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
            actions?: {
                [key: string]: number;
            };
            /** @description What rules planned. */
            timers?: {
                count: number;
                pending: {
                    number: number;
                    key: string;
                    due: number;
                    names: {
                        [key: string]: unknown;
                    };
                }[];
            };
        };
        /** @description A response. */
        StoredResponse: {
            status: number;
            headers: {
                [key: string]: string;
            };
            body?: string;
            rule: string;
            scenario: string;
            /** @description A hash of the body that it answers. */
            payload?: string;
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
                /** @description The maximum number of items to list. */
                limit?: number;
                /** @description How many items to skip. */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of sessions and the number of all. */
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
                /** @description The id of the session. */
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
                /** @description The id of the session. */
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
                /** @description The id of the session. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The scenario of requests that name none; null for the server's. */
                    scenario?: string | null;
                    /** @description Where its webhooks are sent; null for where the operator says. Its origin must be allowed. */
                    webhookUrl?: string | null;
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
                /** @description The id of the session. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description How far to advance it: 15s, 5m, 1h30m, 250ms, 2d, or ISO 8601: PT15S. */
                    advance?: string;
                    /** @description The new time in RFC 3339, not before the current one: 2026-01-01T00:00:00Z. */
                    now?: string;
                    /** @description true: stop the clock, which can still be moved; false: let it run on from there. */
                    frozen?: boolean;
                };
            };
        };
        responses: {
            /** @description The clock after the change. */
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
                /** @description The id of the session. */
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
                /** @description The id of the session. */
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
                /** @description Only requests of this operation. */
                operationId?: string;
                /** @description Only with this status, or of this class: 409, 4XX; 0 for a broken connection. */
                status?: string;
                /** @description Only with this method. */
                method?: string;
                /** @description Only with this path, without base-URL prefix and query. */
                path?: string;
                /** @description Only those that played this scenario. */
                scenario?: string;
                /** @description Only those whose response came from this file:line, or contract, replay, … */
                rule?: string;
                /** @description true: only requests that match no operation; false: only those that do. */
                unmatched?: boolean;
                /** @description Only with a greater id. */
                after?: number;
                /** @description The maximum number of items to list. */
                limit?: number;
                /** @description How many items to skip. */
                offset?: number;
                /** @description asc: oldest first; desc: newest first. */
                order?: "asc" | "desc";
                /** @description Return only the number of entries. */
                count?: boolean;
            };
            header?: never;
            path: {
                /** @description The id of the session. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of entries and the number of all that match, or only that number. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The number of all entries that match the filters. */
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
                /** @description The id of the session. */
                id: string;
                /** @description The id of the entry. */
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
                /** @description Only of this channel. */
                channel?: string;
                /** @description Only of this challenge. */
                challenge?: string;
            };
            header?: never;
            path: {
                /** @description The id of the session. */
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
    listActions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the session. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The actions by API. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        actions: components["schemas"]["Action"][];
                    };
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
    doAction: {
        parameters: {
            query?: {
                /** @description Only in this API. */
                api?: string;
            };
            header?: never;
            path: {
                /** @description The id of the session. */
                id: string;
                /** @description The name of the action. */
                name: string;
            };
            cookie?: never;
        };
        /** @description What the action needs to know, as its `input` schema says. */
        requestBody: {
            content: {
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description What was done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActionDone"];
                };
            };
            /** @description A problem: unknown-session, unknown-action, action-not-possible. */
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
                /** @description The id of the session. */
                id: string;
                /** @description The id of the challenge. */
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
    listDeliveries: {
        parameters: {
            query?: {
                /** @description Only of this webhook. */
                webhook?: string;
            };
            header?: never;
            path: {
                /** @description The id of the session. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The deliveries, oldest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        deliveries: components["schemas"]["Delivery"][];
                    };
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
    nextDelivery: {
        parameters: {
            query?: {
                /** @description Only of this webhook. */
                webhook?: string;
                /** @description The id of the last delivery that was seen. */
                after?: number;
                /** @description Real ms to wait at most. */
                wait?: number;
            };
            header?: never;
            path: {
                /** @description The id of the session. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The delivery; null if there was none in time. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        delivery: components["schemas"]["Delivery"] | null;
                    };
                };
            };
            /** @description A problem: bad-session-id. */
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
            /** @description All bindings. */
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
                /** @description The name of the binding. */
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
                /** @description The name of the binding. */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description What a request must have: all of it. */
                    match: {
                        /** @description A bearer token. */
                        token?: string;
                        /** @description An api-key. */
                        apiKey?: string;
                        /** @description Path parameters and their values. */
                        path?: {
                            [key: string]: string;
                        };
                        /** @description Fields of the JSON body, such as user.id or resourceIds[0], and their values. */
                        body?: {
                            [key: string]: string | number | boolean;
                        };
                    };
                    /** @description The session that these requests belong to. */
                    session?: string;
                    /** @description The scenario that these requests play. */
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
            /** @description A problem: unknown-scenario, bad-session-id, binding-never-matches, too-many-bindings. */
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
                /** @description The name of the binding. */
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
                /** @description Only this session, as far back as its journal goes. */
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
                /** @description Only this session. */
                session?: string;
                /** @description Begin after this entry, as Last-Event-ID does; 0 begins with the oldest. */
                after?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description `request` events, whose data are journal entries; `dropped` before a slow listener is disconnected. */
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
            /** @description All scenarios, by name. */
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
                /** @description The name of the scenario. */
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
            /** @description A problem: unknown-scenario. */
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
            /** @description All contracts. */
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
                /** @description The name of the API. */
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
            /** @description Metrics in the text format of Prometheus. */
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
            /** @description The process is alive. */
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
            /** @description Ready to take requests. */
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
                        /** @description With --watch: why the newest files are not used. */
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
