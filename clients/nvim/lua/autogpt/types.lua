---@meta
-- The shapes that the server sends; their twin is docs/protocol.md.

---@alias autogpt.Status 'queued'|'running'|'verified'|'unverified'|'failed'|'cancelled'|'error'|'interrupted'

---@class autogpt.Hunk
---@field id string
---@field base_line integer from 0, as all lines here
---@field base_count integer
---@field new_line integer
---@field new_count integer
---@field decided 'pending'|'applied'|'rejected'
---@field tests? string[] those that fail without it; nil: not tried

---@class autogpt.File
---@field uri string
---@field path string inside the root
---@field added integer
---@field removed integer
---@field hunks autogpt.Hunk[]

---@class autogpt.Tests
---@field command string
---@field fixed string[]
---@field broken string[]
---@field still_failing string[]
---@field preexisting string[]
---@field added string[]

---@class autogpt.State
---@field run string
---@field task string
---@field root string
---@field status autogpt.Status
---@field phase string
---@field step string
---@field iteration integer
---@field model string
---@field branch string
---@field base string
---@field commit string
---@field tests autogpt.Tests
---@field files autogpt.File[]
---@field seconds number
---@field cost_usd number
---@field reason string
---@field warnings string[]
---@field started number seconds since 1970, 0 before the start
---@field applied boolean
---@field discarded boolean

---@class autogpt.Conflict
---@field path string
---@field reason string
---@field line? integer
---@field hunk? string

---@class autogpt.Comment
---@field uri? string
---@field range? lsp.Range
---@field text string

---@class autogpt.Sides
---@field base string
---@field new string
