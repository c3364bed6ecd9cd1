# SPDX-License-Identifier: MIT
<#
Refuses in the module what Windows PowerShell 5.1 lacks, and what PSScriptAnalyzer's default rules refuse, by the
language's own parser: PSScriptAnalyzer itself is not to be had where this is built.

    ci/powershell --linux tests/powershell/lint.ps1 FOLDER
    ci/powershell --linux tests/powershell/lint.ps1 -SelfTest

FOLDER is the module's source, or a script's. Types and members of 5.1 are those of PowerShellStandard.Library and, of .NET's, those of
the assemblies of .NET Framework 4.6.2 that 5.1 has loaded by itself; ci/powershell fetches both. Prints a line for each
finding; exit code 1: there are some.
#>
param([string] $Folder, [switch] $SelfTest, [string] $Fetched = (Join-Path $PSScriptRoot '../../build/powershell'))

$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 2.0

# Syntax that came after 5.1: names of token kinds and of nodes.
$newTokens = 'QuestionMark', 'QuestionQuestion', 'QuestionQuestionEquals', 'QuestionDot', 'QuestionLBracket', 'AndAnd', 'OrOr', 'Clean'
$newNodes = 'TernaryExpressionAst', 'PipelineChainAst'
# What 5.1 has loaded when it starts; of other assemblies, which want Add-Type first, nothing is asked.
$loaded = 'mscorlib', 'System', 'System.Core', 'System.Xml', 'System.Data', 'System.DirectoryServices', 'System.Management', 'System.Configuration', 'System.Numerics', 'System.Transactions', 'Microsoft.CSharp'
$newAccelerators = 'short', 'ushort', 'uint', 'ulong', 'semver'
$newEncodings = 'utf8NoBOM', 'utf8BOM', 'ansi'
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
    'ConvertFrom-SecureString' = 'AsPlainText'
    'Get-ChildItem' = 'FollowSymlink'
    'Get-Date' = 'AsUTC', 'UnixTimeSeconds'
    'Get-Process' = 'FromNow'
    'Invoke-RestMethod' = 'SkipCertificateCheck', 'Form', 'Authentication', 'MaximumRetryCount'
    'Invoke-WebRequest' = 'SkipCertificateCheck', 'Form', 'Authentication', 'MaximumRetryCount'
    'New-Guid' = 'Empty', 'InputObject'
    'Start-Process' = 'Environment'
    'Start-Sleep' = 'Duration'
    'Test-Connection' = 'TargetName', 'TcpPort'
    'Wait-Process' = 'Any', 'PassThru'
}
$newCommands = 'Get-Error', 'Test-Json', 'Join-String', 'Start-ThreadJob', 'Remove-Service', 'Get-Uptime', 'ConvertFrom-Markdown', 'Switch-Process', 'Remove-Alias', 'Get-SecureRandom', 'ConvertTo-CliXml', 'ConvertFrom-CliXml', 'Get-PSSubsystem', 'Show-Markdown'
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
        # `e and `u{...}; numbers as 1uy, 100n and 0b1010.
        if ("$($each.Kind)" -like '*StringExpandable' -and $each.Text -cmatch '(?<!`)(``)*`(e|u\{)') { & $found $each.Extent 'NotIn51' $each.Text }
        if ($each.Kind -eq 'Number' -and $each.Text -match '^0b|^(?!0x)[\d.]+(u?[ysn]|ul?)([kmgtp]b)?$') { & $found $each.Extent 'NotIn51' $each.Text }
        if ($each.Kind -eq 'Comment' -and $each.Text -match '^#requires') { & $found $each.Extent 'NoRequires' 'the manifest says what is required' }
    }
    if ($Text -match '[^\x00-\x7F]') { & $found $tree.Extent 'Ascii' 'characters that 5.1 reads in the code page of the host' }
    foreach ($type in $newNodes) {
        foreach ($each in Find-Node $tree $type) { & $found $each.Extent 'NotIn51' $each.Extent.Text }
    }
    foreach ($each in Find-Node $tree 'UsingStatementAst') { & $found $each.Extent 'NoUsing' 'types are written out, and modules are imported' }
    Find-FaultInCommand $tree $found
    Find-FaultInNative $tree $found
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

# Where 5.1 differs in silence: in what it does with programs, and with arrays of JSON.
function Find-FaultInNative($Tree, $Found) {
    foreach ($command in Find-Node $Tree 'CommandAst') {
        if ("$($command.InvocationOperator)" -eq 'Ampersand' -and -not $command.GetCommandName()) {
            # What a program writes to a stream that is redirected are error records there: "Stop" makes them exceptions.
            if (@($command.Redirections | Where-Object { "$($_.FromStream)" -in 'Error', 'All' })) { & $Found $command.Extent 'NativeErrorStream' $command.Extent.Text }
            # Quotes within an argument are lost; a backslash before the last quote makes that a part of the text.
            foreach ($element in $command.CommandElements | Select-Object -Skip 1) {
                $text = if ($element.PSObject.Properties['Value']) { "$($element.Value)" } else { '' }
                if ($text -match '"' -or ($text -match '\s' -and $text.EndsWith('\'))) { & $Found $element.Extent 'NativeQuoting' $text }
            }
        }
        for ($i = 1; $i -lt $command.CommandElements.Count; $i++) {
            $element = $command.CommandElements[$i]
            if ($element.GetType().Name -ne 'CommandParameterAst' -or $element.ParameterName -ne 'Encoding') { continue }
            $value = if ($element.Argument) { "$($element.Argument)" } elseif ($i + 1 -lt $command.CommandElements.Count) { "$($command.CommandElements[$i + 1])" }
            if ($value -in $newEncodings) { & $Found $element.Extent 'NotIn51' "-Encoding $value" }
        }
    }
    # "exit" in a script that another one calls ends that script alone: whoever started the first sees 0.
    $last = if ($Tree.EndBlock) { $Tree.EndBlock.Statements | Select-Object -Last 1 }
    if ($last -and $last.Extent.Text -match '^& [^|]*\.ps1[^|]*$') { & $Found $last.Extent 'ExitCode' $last.Extent.Text }
    foreach ($pipeline in Find-Node $Tree 'PipelineAst') {
        if ($pipeline.PSObject.Properties['Background'] -and $pipeline.Background) { & $Found $pipeline.Extent 'NotIn51' '&' }
        # An array goes on as one object: only this takes it apart.
        for ($i = 0; $i + 1 -lt $pipeline.PipelineElements.Count; $i++) {
            $element = $pipeline.PipelineElements[$i]
            if ($element.GetType().Name -eq 'CommandAst' -and $element.GetCommandName() -eq 'ConvertFrom-Json' -and $pipeline.PipelineElements[$i + 1].Extent.Text -ne 'ForEach-Object { $_ }') {
                & $Found $pipeline.Extent 'JsonArray' $pipeline.Extent.Text
            }
        }
    }
    foreach ($each in Find-Node $Tree 'BinaryExpressionAst') {
        if ("$($each.Operator)" -in 'Ireplace', 'Creplace' -and $each.Right.Extent.Text -match ',\s*\{') { & $Found $each.Extent 'NotIn51' '-replace with a script block' }
    }
}

# A type as PowerShell takes it: its full name, without what it is an array or a list of; nothing: there is none here.
function Resolve-TypeName([string] $Name) {
    $plain = $Name -replace '\[.*$'
    $type = $plain -as [type]
    foreach ($each in "System.$plain", "$plain``1", "System.$plain``1") {
        if (-not $type) { $type = $each -as [type] }
    }
    if ($type) { $type.FullName -replace '`.*$' }
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
    Find-FaultInType $Tree $Found $Types
}

# Types that 5.1 has not, and members of those that it has: static ones, and those of variables whose type is plain to see.
function Find-FaultInType($Tree, $Found, $Types) {
    $variables = @{}
    $loads = $Tree.Extent.Text -match 'Add-Type '
    $missing = { param($name) -not $loads -and -not ($name -and $Types.ContainsKey($name)) }
    foreach ($each in $Tree.FindAll({ param($node) $node.GetType().Name -in 'TypeExpressionAst', 'TypeConstraintAst' }, $true)) {
        $name = Resolve-TypeName $each.TypeName.FullName
        $parent = $each.Parent
        if ((& $missing $name) -or $each.TypeName.FullName -in $newAccelerators) {
            & $Found $each.Extent 'NotIn51' $each.TypeName.FullName
        } elseif (-not $name -or -not $Types.ContainsKey($name)) {
            continue
        } elseif ($parent -is [System.Management.Automation.Language.MemberExpressionAst] -and $parent.Static -and "$($parent.Member)" -ne 'new' -and -not (Test-Member $Types $name "$($parent.Member)")) {
            & $Found $each.Extent 'NotIn51' "[$name]::$($parent.Member)"
        } elseif ($parent -is [System.Management.Automation.Language.ParameterAst] -and $each.TypeName.FullName -notmatch '\[') {
            $variables[$parent.Name.VariablePath.UserPath] = $name
        }
    }
    foreach ($each in Find-Node $Tree 'CommandAst' | Where-Object { $_.GetCommandName() -eq 'New-Object' }) {
        $wanted = @($each.CommandElements | Select-Object -Skip 1 | Where-Object { $_.GetType().Name -eq 'StringConstantExpressionAst' })[0]
        if (-not $wanted) { continue }
        $name = Resolve-TypeName $wanted.Value
        if (& $missing $name) { & $Found $each.Extent 'NotIn51' $wanted.Value }
        $assignment = $each.Parent.Parent
        if ($assignment.GetType().Name -eq 'AssignmentStatementAst' -and $assignment.Left.GetType().Name -eq 'VariableExpressionAst') { $variables[$assignment.Left.VariablePath.UserPath] = $name }
    }
    foreach ($each in $Tree.FindAll({ param($node) $node -is [System.Management.Automation.Language.MemberExpressionAst] -and -not $node.Static }, $true)) {
        if ($each.Expression.GetType().Name -ne 'VariableExpressionAst' -or $each.Member.GetType().Name -ne 'StringConstantExpressionAst') { continue }
        $name = $variables[$each.Expression.VariablePath.UserPath]
        # Of a table or an object of PowerShell's anything may be a member.
        if (-not $name -or -not $Types.ContainsKey($name) -or $name -match 'Object$|PSCustomObject$|Hashtable$|IDictionary$') { continue }
        if ($each.Member.Value -notin 'PSObject', 'Count', 'Length' -and -not (Test-Member $Types $name $each.Member.Value)) {
            & $Found $each.Extent 'NotIn51' "$name.$($each.Member.Value)"
        }
    }
}

# {full name of a type: where it is}, read without loading: this PowerShell has types of these names already.
function Read-Type([string[]] $Path) {
    $types = New-Object 'System.Collections.Generic.Dictionary[string,object]' ([StringComparer]::OrdinalIgnoreCase)
    foreach ($each in $Path) {
        $file = [Reflection.PortableExecutable.PEReader]::new([IO.File]::OpenRead((Resolve-Path -LiteralPath $each).ProviderPath))
        $reader = [Reflection.Metadata.PEReaderExtensions]::GetMetadataReader($file)
        foreach ($handle in $reader.TypeDefinitions) {
            $type = $reader.GetTypeDefinition($handle)
            $name = $reader.GetString($type.Namespace) + '.' + ($reader.GetString($type.Name) -replace '`.*$')
            if ($type.Attributes -band [Reflection.TypeAttributes]::Public) { $types[$name] = @{ Reader = $reader; Type = $type; Members = $null } }
        }
    }
    $types
}

# Whether a type of 5.1, or one that it is derived from, has a member.
function Test-Member($Types, [string] $Name, [string] $Member) {
    while ($Types.ContainsKey($Name)) {
        $entry = $Types[$Name]
        $reader = $entry.Reader
        if ($null -eq $entry.Members) {
            $entry.Members = @($entry.Type.GetMethods() | ForEach-Object { $reader.GetString($reader.GetMethodDefinition($_).Name) -replace '^[gs]et_' }) +
                @($entry.Type.GetFields() | ForEach-Object { $reader.GetString($reader.GetFieldDefinition($_).Name) })
        }
        if ($Member -in $entry.Members) { return $true }
        $base = $entry.Type.BaseType
        $parent = if (-not $base.IsNil) {
            switch ("$($base.Kind)") {
                'TypeReference' { $reader.GetTypeReference([Reflection.Metadata.TypeReferenceHandle] $base) }
                'TypeDefinition' { $reader.GetTypeDefinition([Reflection.Metadata.TypeDefinitionHandle] $base) }
            }
        }
        $Name = if ($parent) { $reader.GetString($parent.Namespace) + '.' + $reader.GetString($parent.Name) } else { '' }
    }
    $false
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
    @('[uint] 5', 'NotIn51'), @('[System.Text.Json.JsonDocument]::Parse("1")', 'NotIn51'), @('[IO.Path]::GetRelativePath("a", "b")', 'NotIn51'), @('[IO.Path]::Combine("a", "b")', $null)
    @('$i = New-Object System.Diagnostics.ProcessStartInfo; $i.ArgumentList.Add(1)', 'NotIn51'), @('$i = New-Object Diagnostics.ProcessStartInfo; $i.Arguments', $null)
    , @('function Get-Thing { param([System.Diagnostics.Process] $Run) $Run.WaitForExitAsync(); $Run.Dispose() }', 'NotIn51')
    , @('function Get-Thing { param([System.Diagnostics.Process] $Run) $Run.WaitForExit(); $Run.Dispose() }', $null)
    @('New-Object System.Management.Automation.PSDataCollection[psobject]', $null), @('New-Object System.Collections.Generic.List[string]', $null), @('[System.Collections.Generic.PriorityQueue[int,int]]::new()', 'NotIn51')
    @('Add-Type -TypeDefinition $a; [Library]::Run()', $null), @('New-Object System.Text.Json.JsonDocument', 'NotIn51'), @('New-Object System.IO.Compression.ZipArchive x', 'NotIn51'), @('Add-Type -AssemblyName System.IO.Compression; New-Object System.IO.Compression.ZipArchive x', $null)
    @('Set-Content x y -Encoding utf8NoBOM', 'NotIn51'), @('Set-Content x y -Encoding UTF8', $null), @('"`e[0m"', 'NotIn51'), @('"`u{1F600}"', 'NotIn51'), @('"``e"', $null)
    @('100n', 'NotIn51'), @('1uy', 'NotIn51'), @('0b11', 'NotIn51'), @('100L + 1kb + 0xFF + 1.5', $null), @('Get-Item x &', 'NotIn51'), @('"a" -replace "a", { 1 }', 'NotIn51')
    @('& (Join-Path $a "all.ps1")', 'ExitCode'), @('& "a.ps1"; exit $LASTEXITCODE', $null), @('& "a.ps1" | Out-String', $null)
    @('using namespace System.Text', 'NoUsing'), @('& $tool x 2>$null', 'NativeErrorStream'), @('& $tool x *>&1', 'NativeErrorStream'), @('& $tool x >$null', $null)
    @("& `$tool 'a`"b'", 'NativeQuoting'), @("& `$tool 'a b\'", 'NativeQuoting'), @("& `$tool 'a\' `$b", $null)
    @('$a | ConvertFrom-Json | Sort-Object x', 'JsonArray'), @('$a | ConvertFrom-Json | ForEach-Object { $_ }', $null), @('$a | ConvertFrom-Json', $null)
    , @('function Get-Thing { param($A) if ($null -ne $A) { [System.Management.Automation.WildcardPattern]::Escape($A) } }', $null)
)

$types = Read-Type (@($loaded | ForEach-Object { Join-Path $Fetched "framework/$_.dll" }) + (Join-Path $Fetched 'standard/System.Management.Automation.dll'))
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
