{{/* The release's name, as is usual: once, when it has the chart's name in it already. */}}
{{- define "barista.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What the release has besides the operator: barista-servers of barista-operator, and tea-servers of tea. */}}
{{- define "barista.prefix" -}}
{{- $name := include "barista.name" . -}}
{{- if eq $name "barista-operator" -}}barista{{- else -}}{{ $name }}{{- end -}}
{{- end -}}

{{- define "barista.selectorLabels" -}}
app.kubernetes.io/name: barista-operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "barista.commonLabels" -}}
app.kubernetes.io/part-of: barista
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "barista.labels" -}}
app.kubernetes.io/name: barista-operator
{{ include "barista.commonLabels" . }}
{{- end -}}

{{- define "barista.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "barista.name" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "barista.image" -}}
{{- $tag := .image.tag | default .root.Chart.AppVersion -}}
{{- if .image.digest -}}{{ .image.repository }}@{{ .image.digest }}{{- else -}}{{ .image.repository }}:{{ $tag }}{{- end -}}
{{- end -}}

{{/* Only replicas of one operator may share a lease. */}}
{{- define "barista.needsLeaseName" -}}
{{- if or .Values.watch.namespaces .Values.watch.selector (ne (include "barista.name" .) "barista-operator") -}}true{{- end -}}
{{- end -}}

{{/* What the operator may do where its pipelines are. */}}
{{- define "barista.pipelineRules" -}}
- apiGroups: [barista.dev]
  resources: [baristapipelines]
  verbs: [get, list, watch, patch]
- apiGroups: [barista.dev]
  resources: [baristapipelines/status]
  verbs: [patch]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end -}}

{{/* What it may see where SCDF runs apps. */}}
{{- define "barista.workloadRules" -}}
- apiGroups: [apps]
  resources: [deployments]
  verbs: [list, watch]
- apiGroups: ['']
  resources: [pods]
  verbs: [list, watch]
- apiGroups: ['']
  resources: [pods/log]
  verbs: [get]
{{- end -}}

{{- define "barista.subjects" -}}
subjects:
  - kind: ServiceAccount
    name: {{ include "barista.serviceAccount" . }}
    namespace: {{ .Release.Namespace }}
{{- end -}}
