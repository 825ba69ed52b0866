package client_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"workcell/host/client"
	"workcell/host/client/pmpb"
)

func TestParseJSON(t *testing.T) {
	want := client.Envelope(&pmpb.CreateWorkItemRequest{ItemType: pmpb.WorkItemType_TASK, Title: "T", ProjectId: "p"})
	for _, text := range []string{
		`{"create_work_item_request":{"item_type":"TASK","title":"T","project_id":"p"}}`,
		`{"createWorkItemRequest":{"itemType":"TASK","title":"T","projectId":"p"}}`,
		"\n{ \"createWorkItemRequest\": {\"item_type\": 4, \"title\": \"T\", \"projectId\": \"p\"} }\n",
	} {
		if got, err := client.ParseJSON([]byte(text)); err != nil || !proto.Equal(got, want) {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	want = client.Envelope(&pmpb.Ping{Timestamp: 7})
	want.MessageId, want.Timestamp = "mine", 1700000000
	got, err := client.ParseJSON([]byte(`{"message_id":"mine","timestamp":"1700000000","ping":{"timestamp":7}}`))
	if err != nil || !proto.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestParseJSONSaysWhatToWriteInstead(t *testing.T) {
	example := "; an example: " + client.ExampleJSON
	for text, want := range map[string]string{
		``:                             "request is not the JSON of a request: unexpected end of JSON input" + example,
		`{create_project_request:{}}`:  "request is not the JSON of a request: invalid character 'c' looking for beginning of object key string" + example,
		`[]`:                           "request is not the JSON of a request: it is not an object" + example,
		`null`:                         "request has no payload" + example,
		`{"message_id":"1"}`:           "request has no payload" + example,
		`{"ping":{},"pong":{}}`:        "request has 2 payloads, and must have one",
		`{"ping":null}`:                "request has null for ping; write {} for an empty one",
		`{"create_projct_request":{}}`: `request has an unknown payload "create_projct_request"; did you mean "create_project_request"?`,
		`{"createProject":{}}`:         `request has an unknown payload "createProject"; did you mean "create_project_request"?`,
		`{"pnig":{}}`:                  `request has an unknown payload "pnig"; did you mean "ping"?`,
		`{"mesage_id":"1","ping":{}}`:  `request has an unknown payload "mesage_id"; did you mean "message_id"?`,
		`{"teleport":{}}`:              `request has an unknown payload "teleport"; known are ping, subscribe, unsubscribe, create_work_item_request, `,
		`{"create_project_request":{"titel":"G"}}`:       `request has an unknown field "create_project_request.titel"; did you mean "title"?`,
		`{"create_project_request":{"x":1}}`:             `request has an unknown field "create_project_request.x"; known are title, description, key`,
		`{"list_projects_request":{"all":true}}`:         `request has an unknown field "list_projects_request.all"; list_projects_request has no fields`,
		`{"project_list":{"projects":[{},{"kye":"G"}]}}`: `request has an unknown field "project_list.projects[1].kye"; did you mean "key"?`,
		`{"create_project_request":{"title":3}}`:         "request: (line 1:36): invalid value for string field title: 3",
		`{"create_project_request":[]}`:                  "request: syntax error (line 1:27): unexpected token [",
	} {
		_, err := client.ParseJSON([]byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s:\n%v\nwant\n%s", text, err, want)
		}
	}
}

func TestFormatJSON(t *testing.T) {
	message := client.Envelope(&pmpb.Error{Code: "X", Message: "<a> & b", Field: proto.String("")})
	message.MessageId, message.Timestamp, message.Sequence = "e", 5, proto.Int64(9)
	const line = `{"message_id":"e","timestamp":"5","error":{"code":"X","message":"<a> & b","field":""},"sequence":"9"}`
	if got, err := client.FormatJSON(message, ""); err != nil || string(got) != line {
		t.Errorf("%s, %v", got, err)
	}
	const block = `{
  "message_id": "e",
  "timestamp": "5",
  "error": {
    "code": "X",
    "message": "<a> & b",
    "field": ""
  },
  "sequence": "9"
}`
	if got, err := client.FormatJSON(message, "  "); err != nil || string(got) != block {
		t.Errorf("%s, %v", got, err)
	}
	if got, err := client.FormatJSON(&pmpb.WebSocketMessage{}, ""); err != nil || string(got) != "{}" {
		t.Errorf("empty: %s, %v", got, err)
	}
}
