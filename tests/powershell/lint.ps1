# SPDX-License-Identifier: MIT
<#
Refuses in the module what Windows PowerShell 5.1 lacks, and what PSScriptAnalyzer's default rules refuse, by the
language's own parser: PSScriptAnalyzer itself is not to be had where this is built.

    ci/powershell --linux tests/powershell/lint.ps1 FOLDER
    ci/powershell --linux tests/powershell/lint.ps1 -SelfTest

FOLDER is the module's source; types and members of 5.1 are those of PowerShellStandard.Library, which ci/powershell
fetches, too. Prints a line for each finding; exit code 1: there are some.
#>
param([string] $Folder, [switch] $SelfTest, [string] $Standard = (Join-Path $PSScriptRoot '../../build/powershell/standard/System.Management.Automation.dll'))

$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 2.0

# Syntax that came after 5.1: names of token kinds and of nodes.
$newTokens = 'QuestionMark', 'QuestionQuestion', 'QuestionQuestionEquals', 'QuestionDot', 'QuestionLBracket', 'AndAnd', 'OrOr', 'Clean'
$newNodes = 'TernaryExpressionAst', 'PipelineChainAst'
# Parameters and commands of later versions.
$newParameters = @{
    'ForEach-Object' = 'Parallel', 'ThrottleLimit', 'AsJob', 'TimeoutSeconds'
    'ConvertFrom-Json' = 'AsHashtable', 'Depth', 'NoEnumerate', 'DateKind'
    'ConvertTo-Json' = 'AsArray', 'EnumsAsStrings', 'EscapeHandling'
    'Get-Content' = 'AsByteStream'
    'Set-Content' = 'AsByteStream'
    'Out-File' = 'NoBOM'
    'Select-Object' = 'SkipIndex'
    'Sort-Object' = 'Top', 'Bottom', 'Stable'
    'Join-Path' = 'AdditionalChildPath'
    'Split-Path' = 'LeafBase', 'Extension'
    'Select-String' = 'Raw', 'NoEmphasis', 'Culture'
    'Group-Object' = 'CaseInsensitive'
    'New-Object' = 'AsHashtable'
    'Get-Process' = 'FromNow'
}
$newCommands = 'Get-Error', 'Test-Json', 'Join-String', 'Start-ThreadJob', 'Remove-Service', 'Get-Uptime', 'ConvertFrom-Markdown', 'Switch-Process'
$newVariables = 'IsWindows', 'IsLinux', 'IsMacOS', 'IsCoreCLR', 'PSStyle', 'EnabledExperimentalFeatures'
$aliases = @(Get-Alias | ForEach-Object Name) + 'curl', 'wget', 'sort', 'ls', 'cat', 'ps', 'cp', 'mv', 'rm', 'diff', 'man', 'mount', 'sleep', 'tee', 'kill', 'write'
$verbs = @(Get-Verb | ForEach-Object Verb)
$changing = 'New', 'Set', 'Remove', 'Start', 'Stop', 'Restart', 'Reset', 'Update'
$automatic = 'args', 'input', 'this', 'PSItem', 'Matches', 'PSCmdlet', 'PSBoundParameters', 'Host', 'Error', 'true', 'false', 'profile', 'event', 'sender', 'foreach', 'switch', 'PID', 'HOME', 'PWD', 'ExecutionContext'
$plurals = '[^su]s$'
$singular = '(Access|Address|Alias|Canvas|Process|Status|Success|Bus|Class)$'

function Find-Node($Tree, [string] $Type) {
    $Tree.FindAll({ param($node) $node.GetType().Name -eq $Type }, $true)
}

# One object a finding.
function Find-Fault($Path, $Text, $Types) {
    $tokens = $problems = $null
    $tree = [System.Management.Automation.Language.Parser]::ParseInput($Text, [ref] $tokens, [ref] $problems)
    $found = {
        param($where, $rule, $what)
        [pscustomobject] @{ Path = $Path; Line = $where.StartLineNumber; Rule = $rule; What = "$what" }
    }
    foreach ($each in $problems) { & $found $each.Extent 'Syntax' $each.Message }
    foreach ($each in $tokens) {
        if ("$($each.Kind)" -in $newTokens) { & $found $each.Extent 'NotIn51' $each.Text }
        if ($each.Kind -eq 'Comment' -and $each.Text -match '^#requires') { & $found $each.Extent 'NoRequires' 'the manifest says what is required' }
    }
    if ($Text -match '[^\x00-\x7F]') { & $found $tree.Extent 'Ascii' 'characters that 5.1 reads in the code page of the host' }
    foreach ($type in $newNodes) {
        foreach ($each in Find-Node $tree $type) { & $found $each.Extent 'NotIn51' $each.Extent.Text }
    }
    Find-FaultInCommand $tree $found
    Find-FaultInFunction $tree $found
    Find-FaultInValue $tree $found $Types
}

function Find-FaultInCommand($Tree, $Found) {
    foreach ($command in Find-Node $Tree 'CommandAst') {
        $name = $command.GetCommandName()
        if (-not $name) { continue }
        if ($name -in $aliases) { & $Found $command.Extent 'AvoidUsingCmdletAliases' $name }
        if ($name -in $newCommands) { & $Found $command.Extent 'NotIn51' $name }
        if ($name -in 'Invoke-Expression', 'iex') { & $Found $command.Extent 'AvoidUsingInvokeExpression' $name }
        if ($name -eq 'Write-Host') { & $Found $command.Extent 'AvoidUsingWriteHost' $name }
        if ($name -in 'Get-WmiObject', 'Invoke-WmiMethod') { & $Found $command.Extent 'AvoidUsingWMICmdlet' $name }
        $positional = 0
        $previous = $null
        foreach ($element in $command.CommandElements | Select-Object -Skip 1) {
            $isParameter = $element.GetType().Name -eq 'CommandParameterAst'
            if ($isParameter -and $newParameters[$name] -contains $element.ParameterName) {
                & $Found $element.Extent 'NotIn51' "$name -$($element.ParameterName)"
            }
            if (-not $isParameter -and -not ($previous -and $previous.GetType().Name -eq 'CommandParameterAst')) { $positional++ }
            $previous = $element
        }
        # As the analyzer: three of them are a surprise.
        if ($positional -ge 3 -and $name -match '^\w+-\w+$') { & $Found $command.Extent 'AvoidUsingPositionalParameters' $name }
    }
    foreach ($each in Find-Node $Tree 'CatchClauseAst') {
        if (-not $each.Body.Statements.Count) { & $Found $each.Extent 'AvoidUsingEmptyCatchBlock' 'catch' }
    }
}

function Find-FaultInFunction($Tree, $Found) {
    foreach ($function in Find-Node $Tree 'FunctionDefinitionAst') {
        $verb, $noun = $function.Name -split '-', 2
        $public = $noun -and (Find-Node $function.Body 'AttributeAst' | Where-Object { $_.TypeName.Name -eq 'CmdletBinding' })
        if (-not $noun -or $verb -notin $verbs) { & $Found $function.Extent 'UseApprovedVerbs' $function.Name }
        if ($noun -match $plurals -and $noun -notmatch $singular) { & $Found $function.Extent 'UseSingularNouns' $function.Name }
        $attributes = @(Find-Node $function.Body 'AttributeAst')
        $should = @($attributes | Where-Object { $_.TypeName.Name -eq 'CmdletBinding' } | ForEach-Object NamedArguments | Where-Object ArgumentName -eq SupportsShouldProcess)
        $suppressed = @($attributes | Where-Object { $_.TypeName.Name -like '*SuppressMessage*' } | ForEach-Object { $_.PositionalArguments[0].Value })
        if ($verb -in $changing -and -not $should -and $suppressed -notcontains 'PSUseShouldProcessForStateChangingFunctions') {
            & $Found $function.Extent 'UseShouldProcessForStateChangingFunctions' $function.Name
        }
        # Through a helper that is given $PSCmdlet, too.
        $calls = @(Find-Node $function.Body 'InvokeMemberExpressionAst' | Where-Object { "$($_.Member)" -eq 'ShouldProcess' }) +
            @(Find-Node $function.Body 'CommandAst' | Where-Object { $_.GetCommandName() -eq 'Invoke-WcowOnEach' })
        if ($should -and -not $calls) { & $Found $function.Extent 'ShouldProcess' $function.Name }
        $used = @($function.Body.FindAll({ param($node) $node.GetType().Name -eq 'VariableExpressionAst' }, $true) | ForEach-Object { $_.VariablePath.UserPath })
        $passed = 'PSBoundParameters' -in $used
        foreach ($parameter in @($function.Body.ParamBlock | Where-Object { $_ } | ForEach-Object Parameters)) {
            $name = $parameter.Name.VariablePath.UserPath
            $uses = @($used | Where-Object { $_ -eq $name }).Count - 1 # the first is its declaration
            if ($uses -lt 1 -and -not ($passed -and $public)) { & $Found $parameter.Extent 'ReviewUnusedParameter' $name }
            if ($parameter.StaticType -eq [switch] -and $parameter.DefaultValue) { & $Found $parameter.Extent 'AvoidDefaultValueSwitchParameter' $name }
            if ($name -like '*Password*' -and $parameter.StaticType -eq [string]) { & $Found $parameter.Extent 'AvoidUsingPlainTextForPassword' $name }
            $mandatory = @($parameter.Attributes | ForEach-Object { if ($_.PSObject.Properties['NamedArguments']) { $_.NamedArguments } } | Where-Object ArgumentName -eq Mandatory)
            if ($mandatory -and $parameter.DefaultValue) { & $Found $parameter.Extent 'AvoidDefaultValueForMandatoryParameter' $name }
        }
    }
}

function Find-FaultInValue($Tree, $Found, $Types) {
    foreach ($each in Find-Node $Tree 'AssignmentStatementAst') {
        $name = if ($each.Left.GetType().Name -eq 'VariableExpressionAst') { $each.Left.VariablePath.UserPath }
        if ($name -in $automatic) { & $Found $each.Extent 'AvoidAssignmentToAutomaticVariable' $name }
    }
    foreach ($each in Find-Node $Tree 'VariableExpressionAst') {
        if ($each.VariablePath.UserPath -in $newVariables) { & $Found $each.Extent 'NotIn51' $each.Extent.Text }
    }
    foreach ($each in Find-Node $Tree 'BinaryExpressionAst') {
        if ($each.Operator -in 'Ieq', 'Ine' -and $each.Right.Extent.Text -eq '$null') { & $Found $each.Extent 'PossibleIncorrectComparisonWithNull' $each.Extent.Text }
    }
    # Types of PowerShell's own that 5.1 has not, and static members of them.
    foreach ($each in $Tree.FindAll({ param($node) $node.GetType().Name -in 'TypeExpressionAst', 'TypeConstraintAst' }, $true)) {
        $name = $each.TypeName.FullName
        if ($name -notlike 'System.Management.Automation.*') { continue }
        $type = $Types[$name]
        if (-not $type) {
            & $Found $each.Extent 'NotIn51' $name
        } elseif ($each.Parent -is [System.Management.Automation.Language.MemberExpressionAst] -and $each.Parent.Static) {
            $member = "$($each.Parent.Member)"
            if ($member -ne 'new' -and $member -notin $type) { & $Found $each.Extent 'NotIn51' "[$name]::$member" }
        }
    }
}

# {name of a type: its static members}, read without loading: this PowerShell has an assembly of that name already.
function Read-Standard([string] $Path) {
    $types = @{}
    $stream = [IO.File]::OpenRead((Resolve-Path -LiteralPath $Path).ProviderPath)
    $file = [Reflection.PortableExecutable.PEReader]::new($stream)
    $reader = [Reflection.Metadata.PEReaderExtensions]::GetMetadataReader($file)
    foreach ($handle in $reader.TypeDefinitions) {
        $type = $reader.GetTypeDefinition($handle)
        $members = @($type.GetMethods() | ForEach-Object { $reader.GetString($reader.GetMethodDefinition($_).Name) -replace '^get_' }) +
            @($type.GetFields() | ForEach-Object { $reader.GetString($reader.GetFieldDefinition($_).Name) })
        $types[$reader.GetString($type.Namespace) + '.' + $reader.GetString($type.Name)] = $members
    }
    $file.Dispose()
    $types
}

# What each rule must find, and nothing else.
$samples = @(
    @('$a = $b ? 1 : 2', 'NotIn51'), @('$a = $b ?? 1', 'NotIn51'), @('$a ??= 1', 'NotIn51'), @('${a}?.b', 'NotIn51'), @('${a}?[0]', 'NotIn51')
    @('Get-Item x && Get-Item y', 'NotIn51'), @('Get-Item x || Get-Item y', 'NotIn51'), @('1 | ForEach-Object -Parallel { $_ }', 'NotIn51')
    @('ConvertFrom-Json -AsHashtable x', 'NotIn51'), @('Get-Error', 'NotIn51'), @('$IsWindows', 'NotIn51')
    @('[System.Management.Automation.PSStyle]::Instance', 'NotIn51'), @('[System.Management.Automation.WildcardPattern]::Frobnicate(1)', 'NotIn51')
    @("#requires -Version 7`n1", 'NoRequires'), @("'$([char] 0xe4)'", 'Ascii'), @('function {', 'Syntax')
    @('gci x', 'AvoidUsingCmdletAliases'), @('Invoke-Expression x', 'AvoidUsingInvokeExpression'), @('Write-Host x', 'AvoidUsingWriteHost')
    @('Get-Thing a b c', 'AvoidUsingPositionalParameters'), @('try { 1 } catch { }', 'AvoidUsingEmptyCatchBlock')
    @('function Frobnicate-Thing { 1 }', 'UseApprovedVerbs'), @('function Get-Things { 1 }', 'UseSingularNouns')
    , @('function Remove-Thing { 1 }', 'UseShouldProcessForStateChangingFunctions')
    , @('function Clear-Thing { [CmdletBinding(SupportsShouldProcess = $true)] param() 1 }', 'ShouldProcess')
    @('function Get-Thing { param($Unused) 1 }', 'ReviewUnusedParameter'), @('function Get-Thing { param([switch] $A = $true) $A }', 'AvoidDefaultValueSwitchParameter')
    , @('function Get-Thing { param([string] $Password) $Password }', 'AvoidUsingPlainTextForPassword')
    , @('function Get-Thing { param([Parameter(Mandatory = $true)] $A = 1) $A }', 'AvoidDefaultValueForMandatoryParameter')
    @('$matches = 1', 'AvoidAssignmentToAutomaticVariable'), @('$a -eq $null', 'PossibleIncorrectComparisonWithNull')
    , @('function Get-Thing { param($A) if ($null -ne $A) { [System.Management.Automation.WildcardPattern]::Escape($A) } }', $null)
)

$types = Read-Standard $Standard
if ($SelfTest) {
    $wrong = foreach ($sample in $samples) {
        $rules = @(Find-Fault 'sample' $sample[0] $types | ForEach-Object Rule | Sort-Object -Unique)
        if ("$rules" -ne "$($sample[1])") { "lint: '$($sample[0])' is found to be '$rules', not '$($sample[1])'" }
    }
} else {
    $files = @(Get-ChildItem -LiteralPath $Folder -Recurse -File | Where-Object Extension -in '.ps1', '.psm1', '.psd1', '.in')
    $wrong = @(foreach ($file in $files) {
            Find-Fault ([IO.Path]::GetRelativePath($PWD, $file.FullName)) ([IO.File]::ReadAllText($file.FullName)) $types
        }) | ForEach-Object { '{0}:{1}: {2}: {3}' -f $_.Path, $_.Line, $_.Rule, ($_.What -replace '\s+', ' ') }
    if (-not $files) { $wrong = "lint: no files in $Folder" }
}
$wrong
exit [int] [bool] $wrong
