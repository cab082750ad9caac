package cli

import (
	"maps"
	"os/user"

	"guiyi/internal/editorial"
	"guiyi/internal/exchange"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/token"
	"guiyi/internal/lexicon"
	"guiyi/internal/org/people"
	"guiyi/internal/publish"
	"guiyi/internal/publish/retention"
	"guiyi/internal/resource"
	"guiyi/internal/site"
)

// operate is the permission of commands that call no desk. They work on files, engines and processes of this machine.
const operate actor.Permission = "platform.operate"

// permissions returns the permissions of each command. They are valid for all sites, because everybody who can run the
// program on the server controls the platform. A command that is not listed has no permissions.
func permissions() map[string][]actor.Permission {
	all := map[string][]actor.Permission{
		"guiyi apply":           {site.Write, site.RuleWrite},
		"guiyi audit list":      {audit.Read},
		"guiyi audit verify":    {audit.Read},
		"guiyi backup":          {operate},
		"guiyi backup verify":   {operate},
		"guiyi check":           {lexicon.Read, resource.Read},
		"guiyi compact":         {retention.Compact},
		"guiyi config check":    {operate},
		"guiyi config dump":     {operate},
		"guiyi config example":  {operate},
		"guiyi config options":  {operate},
		"guiyi import":          {exchange.Write},
		"guiyi item accept":     {resource.Write},
		"guiyi item cancel":     {resource.ReleaseItems},
		"guiyi item discard":    {resource.Write},
		"guiyi item draft":      {resource.Write, resource.MediaWrite},
		"guiyi item history":    {resource.Read, editorial.Read},
		"guiyi item link":       {resource.Write},
		"guiyi item links":      {resource.Read},
		"guiyi item list":       {resource.Read},
		"guiyi item place":      {resource.PlacementWrite},
		"guiyi item proposals":  {resource.Read},
		"guiyi item refuse":     {resource.Write},
		"guiyi item reinstate":  {resource.Write},
		"guiyi item release":    {resource.ReleaseItems},
		"guiyi item revise":     {resource.Write, resource.ReleaseItems},
		"guiyi item show":       {resource.Read},
		"guiyi item undiscard":  {resource.Write},
		"guiyi item unlink":     {resource.Write},
		"guiyi item unplace":    {resource.PlacementWrite},
		"guiyi item withdraw":   {resource.ReleaseItems},
		"guiyi jobs":            {jobs.Read},
		"guiyi lexicon import":  {lexicon.Read, lexicon.Write},
		"guiyi lexicon list":    {lexicon.Read},
		"guiyi lexicon restore": {lexicon.Read, lexicon.Write},
		"guiyi ledger list":     {publish.ReadState},
		"guiyi ledger verify":   {publish.ReadState},
		"guiyi openapi":         {operate},
		"guiyi publish":         {publish.Run},
		"guiyi quarantine":      {exchange.Read},
		"guiyi repair":          {publish.Run},
		"guiyi restore":         {operate},
		"guiyi rollback":        {publish.RollBack},
		"guiyi search":          {site.Read},
		"guiyi serve":           {operate},
		"guiyi site list":       {site.Read},
		"guiyi site show":       {site.Read},
		"guiyi site state":      {site.StateWrite},
		"guiyi text":            {operate},
		"guiyi token create":    {token.Write, token.Grant},
		"guiyi token list":      {token.Read},
		"guiyi token revoke":    {token.Write},
		"guiyi verify":          {publish.ReadState},
	}
	maps.Copy(all, onPeople())
	maps.Copy(all, onReviews())
	return all
}

// onPeople are the permissions of the commands on officers and departments.
func onPeople() map[string][]actor.Permission {
	return map[string][]actor.Permission{
		"guiyi department add":     {people.Write, people.Read},
		"guiyi department list":    {people.Read},
		"guiyi officer add":        {people.Write, people.Read},
		"guiyi officer disable":    {people.Write, people.Read},
		"guiyi officer enable":     {people.Write, people.Read},
		"guiyi officer end":        {people.Grant},
		"guiyi officer grant":      {people.Grant, people.Read},
		"guiyi officer link":       {people.Write, people.Rescue, people.Read},
		"guiyi officer list":       {people.Read},
		"guiyi officer reset-totp": {people.Rescue, people.Read},
		"guiyi officer revoke":     {people.Grant},
		"guiyi officer sessions":   {people.Read},
		"guiyi officer unlock":     {people.Grant, people.Read},
	}
}

// onReviews are the permissions of the commands on reviews.
func onReviews() map[string][]actor.Permission {
	return map[string][]actor.Permission{
		"guiyi flow set":      {editorial.Read, editorial.FlowWrite},
		"guiyi flow show":     {editorial.Read},
		"guiyi item submit":   {resource.Read, editorial.Submit},
		"guiyi task approve":  {editorial.Read, editorial.Review},
		"guiyi task claim":    {editorial.Read, editorial.Review},
		"guiyi task list":     {editorial.Read},
		"guiyi task recall":   {editorial.Read, editorial.Submit, editorial.FlowWrite},
		"guiyi task return":   {editorial.Read, editorial.Review},
		"guiyi task show":     {editorial.Read},
		"guiyi task transfer": {editorial.Read, editorial.Review, editorial.FlowWrite, people.Read},
		"guiyi task unclaim":  {editorial.Read, editorial.Review},
		"guiyi task urge":     {editorial.Read, editorial.Submit, editorial.FlowWrite},
	}
}

// runner returns the actor of a command: the user of the operating system, with the permissions of the command.
func runner(command string) actor.Actor {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	return actor.Actor{
		Kind:        actor.Officer,
		ID:          name,
		Name:        name,
		Permissions: permissions()[command],
		Scope:       actor.Scope{All: true},
	}
}
