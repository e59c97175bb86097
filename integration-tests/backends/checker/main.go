// Program checker checks what examples/ has for programs that the tests cannot start.
//
//	checker dashboard FILE   a Grafana dashboard, against Grafana's schema as its own library for Go has it
//	checker compose FILE     a file for docker compose, as compose itself reads it; prints it as JSON, complete
//	checker yaml FILE        any YAML; prints it as JSON
//
// It prints what is wrong, one line for each place, and fails then.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"go.yaml.in/yaml/v3"
)

func checkDashboard(file string) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	plugins.RegisterDefaultPlugins() // the options of panels and the queries of data sources
	var d dashboard.Dashboard
	if err := some(d.UnmarshalJSONStrict(raw)); err != nil { // unknown, missing and ill-typed fields
		return err
	}
	d = dashboard.Dashboard{} // a strict decoder leaves out panels
	if err := json.Unmarshal(raw, &d); err != nil {
		return err
	}
	return some(d.Validate())
}

// The library returns an empty list of errors where there are none.
func some(err error) error {
	var list cog.BuildErrors
	if errors.As(err, &list) && len(list) == 0 {
		return nil
	}
	return err
}

func checkCompose(file string) error {
	options, err := cli.NewProjectOptions([]string{file}, cli.WithName("netspan"))
	if err != nil {
		return err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return err
	}
	return print(project)
}

func checkYaml(file string) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var any map[string]any
	if err := yaml.Unmarshal(raw, &any); err != nil {
		return err
	}
	return print(any)
}

func print(any any) error {
	text, err := json.Marshal(any)
	if err == nil {
		fmt.Println(string(text))
	}
	return err
}

func main() {
	checks := map[string]func(string) error{"dashboard": checkDashboard, "compose": checkCompose, "yaml": checkYaml}
	if len(os.Args) != 3 || checks[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: checker dashboard|compose|yaml FILE")
		os.Exit(2)
	}
	if err := checks[os.Args[1]](os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
