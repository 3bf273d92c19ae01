// Reads the events of a hub with the official Event Hubs client, and writes the outcome.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"os"
	"time"

	eventhubs "github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
)

type job struct {
	EventHubs []string
	CA        string
	DeviceID  string
	Count     int
}

type outcome struct {
	Name       string
	Partitions []string
	Bodies     []string
	Source     any
}

func main() {
	var input job
	check(json.NewDecoder(os.Stdin).Decode(&input))
	pem, err := os.ReadFile(input.CA)
	check(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	outcomes := []outcome{}
	for _, connectionString := range input.EventHubs {
		outcomes = append(outcomes, read(connectionString, input, &tls.Config{RootCAs: roots}))
	}
	check(json.NewEncoder(os.Stdout).Encode([][]outcome{outcomes}))
}

// Reads every partition until the events of the device are there.
func read(connectionString string, input job, config *tls.Config) outcome {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	options := &eventhubs.ConsumerClientOptions{TLSConfig: config}
	client, err := eventhubs.NewConsumerClientFromConnectionString(connectionString, "", eventhubs.DefaultConsumerGroup, options)
	check(err)
	defer client.Close(ctx)
	properties, err := client.GetEventHubProperties(ctx, nil)
	check(err)
	result := outcome{Name: properties.Name, Partitions: properties.PartitionIDs, Bodies: []string{}}
	earliest := true
	for _, id := range properties.PartitionIDs {
		state, err := client.GetPartitionProperties(ctx, id, nil)
		check(err)
		if state.IsEmpty {
			continue
		}
		position := eventhubs.StartPosition{Earliest: &earliest}
		partition, err := client.NewPartitionClient(id, &eventhubs.PartitionClientOptions{StartPosition: position})
		check(err)
		count := int(state.LastEnqueuedSequenceNumber - state.BeginningSequenceNumber + 1)
		for received := 0; received < count; {
			events, err := partition.ReceiveEvents(ctx, count-received, nil)
			check(err)
			received += len(events)
			for _, event := range events {
				if event.SystemProperties["iothub-connection-device-id"] != input.DeviceID {
					continue
				}
				result.Bodies = append(result.Bodies, string(event.Body))
				result.Source = event.SystemProperties["iothub-message-source"]
			}
		}
		check(partition.Close(ctx))
	}
	return result
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
